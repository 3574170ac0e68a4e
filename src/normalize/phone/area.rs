//! Which area codes of the North American plan are in use.
//!
//! Written down from the metadata of the `phonenumber` crate (libphonenumber 9.0.33) and held to it by a test,
//! rather than asked for at run time: loading that metadata costs longer than a night without changes, and a
//! newer crate must not change what we send without [`NORMALIZER_VERSION`](crate::normalize::NORMALIZER_VERSION)
//! being bumped.

/// What is known of one area code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Area {
    /// Every exchange from 200 to 999 is valid; so are the fictitious lines 555-0100 to 555-0199.
    Open,
    /// Some are, as in most of the Caribbean: the metadata must be asked.
    Partly,
    /// Not in use.
    Closed,
}

/// What is known of the area code that these three digits form; `Closed` where they form none.
pub(super) fn area(digits: [u8; 3]) -> Area {
    let [a, b, c] = digits.map(|digit| usize::from(digit.wrapping_sub(b'0')));
    (a * 100 + b * 10 + c).checked_sub(200).and_then(|at| TABLE.get(at)).copied().unwrap_or(Area::Closed)
}

/// Area codes of free numbers, where letters in place of digits are common.
pub(super) fn is_toll_free(digits: [u8; 3]) -> bool {
    matches!(&digits, b"800" | b"833" | b"844" | b"855" | b"866" | b"877" | b"888")
}

/// By area code, from 200.
static TABLE: [Area; 800] = table();

const fn table() -> [Area; 800] {
    let mut table = [Area::Closed; 800];
    let mut at = 0;
    while at < OPEN.len() {
        table[OPEN[at] as usize - 200] = Area::Open;
        at += 1;
    }
    at = 0;
    while at < PARTLY.len() {
        table[PARTLY[at] as usize - 200] = Area::Partly;
        at += 1;
    }
    table
}

#[rustfmt::skip]
const OPEN: [u16; 442] = [
    201, 202, 203, 204, 205, 206, 207, 208, 209, 210, 212, 213, 214, 215, 216, 217, 218, 219, 220,
    223, 224, 225, 226, 227, 228, 229, 231, 234, 235, 236, 239, 240, 248, 249, 250, 251, 252, 253,
    254, 256, 257, 260, 262, 263, 267, 269, 270, 272, 276, 279, 281, 283, 289, 301, 302, 303, 304,
    305, 306, 307, 308, 309, 310, 312, 313, 314, 315, 316, 317, 318, 319, 320, 321, 323, 324, 325,
    326, 327, 329, 330, 331, 332, 334, 336, 337, 339, 341, 343, 346, 347, 350, 351, 352, 353, 354,
    360, 361, 363, 364, 365, 367, 368, 369, 380, 382, 385, 386, 401, 402, 403, 404, 405, 406, 407,
    408, 409, 410, 412, 413, 414, 415, 416, 417, 418, 419, 423, 424, 425, 428, 430, 431, 432, 434,
    435, 437, 438, 440, 442, 443, 445, 447, 448, 450, 458, 463, 464, 468, 469, 470, 474, 475, 478,
    479, 480, 484, 500, 501, 502, 503, 504, 505, 506, 507, 508, 509, 510, 512, 513, 514, 515, 516,
    517, 518, 519, 520, 521, 522, 525, 526, 527, 528, 529, 530, 531, 532, 533, 534, 539, 540, 541,
    544, 548, 551, 557, 559, 561, 562, 563, 564, 566, 567, 570, 571, 572, 573, 574, 575, 577, 579,
    580, 581, 582, 584, 585, 586, 587, 588, 600, 601, 602, 603, 604, 605, 606, 607, 608, 609, 610,
    612, 613, 614, 615, 616, 617, 618, 619, 620, 622, 623, 626, 628, 629, 630, 631, 633, 636, 639,
    640, 641, 645, 646, 647, 650, 651, 656, 657, 658, 659, 660, 661, 662, 667, 669, 672, 678, 680,
    681, 682, 683, 686, 689, 701, 702, 703, 704, 705, 706, 707, 708, 709, 712, 713, 714, 715, 716,
    717, 718, 719, 720, 724, 725, 726, 727, 728, 730, 731, 732, 734, 737, 738, 740, 742, 743, 747,
    748, 753, 754, 757, 760, 762, 763, 765, 769, 770, 771, 772, 773, 774, 775, 778, 779, 780, 781,
    782, 785, 786, 787, 800, 801, 802, 803, 804, 805, 806, 807, 808, 809, 810, 812, 813, 814, 815,
    816, 817, 818, 819, 820, 821, 825, 826, 828, 829, 830, 831, 832, 833, 835, 838, 839, 840, 843,
    844, 845, 847, 848, 849, 850, 854, 855, 856, 857, 858, 859, 860, 862, 863, 864, 865, 866, 867,
    870, 872, 873, 877, 878, 879, 888, 900, 901, 902, 903, 904, 905, 906, 907, 908, 909, 910, 912,
    913, 914, 915, 916, 917, 918, 919, 920, 925, 928, 929, 930, 931, 934, 936, 937, 938, 939, 940,
    941, 942, 943, 945, 947, 948, 949, 951, 952, 954, 956, 959, 970, 971, 972, 973, 975, 978, 979,
    980, 984, 985, 986, 989,
];

#[rustfmt::skip]
const PARTLY: [u16; 26] = [
    242, 246, 264, 268, 274, 284, 340, 345, 441, 472, 473, 523, 524, 649, 664, 670, 671, 684, 721,
    758, 767, 784, 868, 869, 876, 983,
];

#[cfg(test)]
mod tests {
    use super::*;

    fn metadata_says(area: u16, exchange: u16, line: u16) -> bool {
        phonenumber::parse(None, format!("+1{area}{exchange:03}{line:04}"))
            .is_ok_and(|number| phonenumber::is_valid(&number))
    }

    /// Where this fails, the crate has newer metadata: correct the lists and bump the normalizer's version.
    #[test]
    fn the_table_is_what_the_metadata_says() {
        for code in 200..1000_u16 {
            let said: Vec<bool> = (2..10)
                .flat_map(|lead| [(lead * 100, 0), (lead * 100 + 55, 143), (lead * 100 + 99, 9999)])
                .map(|(exchange, line)| metadata_says(code, exchange, line))
                .collect();
            let digits = [code / 100, code / 10 % 10, code % 10].map(|d| b'0' + u8::try_from(d).unwrap_or(0));
            match area(digits) {
                Area::Open => assert!(said.iter().all(|yes| *yes), "{code} is not open"),
                Area::Closed => assert!(said.iter().all(|yes| !yes), "{code} is not closed"),
                Area::Partly => {}
            }
        }
    }
}
