CompanyNumber,CustomerNumber,TypeCode,LastName,FirstName,MiddleName,Address1,Address2,City,County,StateCode,ZipCode,PhoneNumber,BusinessPhone,BusinessExt,CellPhone,Email1,Email2,AllowContactByPostal,AllowContactByPhone,AllowContactByEmail,PreferredLanguage,LastChangeDate
ME7,0,,CASH SALE,,,,,,,,,0,0,0,0,,,,,,,0
ME7,58,C,Tollgate Towing,,,2707 Teasel Rd,,Manchester,,NH,03102,0,6035550131,,,fleet.tollgate@example.com,,,Y,Y,,20250415
ME7,000058,I,Salvatierra,Brigid,D,2743 Sorrel Blvd,,Portland,,ME,04101,2075550112,0,,,salvatierra.brigid@example.com,salvatierra.home@example.net,,Y,Y,,20250619
ME7,0004410,,Tran,Santiago,L,3464 Gristmill Ct,,Burlington,CHITTENDEN,VT,05408,0,8025550131,0,8025550180,santiago_tran@example.com,tran.home@example.net,,,,,20240125
