//! Whom the client trusts. The certificates under tests/data/tls are self-signed, made for these tests and
//! good for nothing else.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::super::{Client, ClientConfig, Failure, Vehicles};
use super::{open_gate, quick};

const CERTIFICATE: &[u8] = include_bytes!("../../../tests/data/tls/loopback.cert.pem");
const OTHER: &[u8] = include_bytes!("../../../tests/data/tls/other.cert.pem");
const KEY: &[u8] = include_bytes!("../../../tests/data/tls/loopback.key.pem");

/// Answers one connection over TLS. Its thread ends with the connection.
fn serve_once() -> String {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let certificate = CertificateDer::from_pem_slice(CERTIFICATE).unwrap();
    let key = PrivateKeyDer::from_pem_slice(KEY).unwrap();
    let config =
        ServerConfig::builder().with_no_client_auth().with_single_cert(vec![certificate], key).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        let (socket, _) = listener.accept().unwrap();
        let mut stream = StreamOwned::new(ServerConnection::new(Arc::new(config)).unwrap(), socket);
        // A client that does not trust us ends the handshake; that is its test's business.
        if stream.read(&mut [0; 4096]).is_ok() {
            let _ = stream.write_all(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n");
        }
    });
    url
}

async fn read(url: &str, trusted: &[u8]) -> Result<u32, (Failure, u32)> {
    let ca_file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(ca_file.path(), trusted).unwrap();
    let config = ClientConfig { ca_file: Some(ca_file.path().to_owned()), ..quick(url) };
    let reply = Client::new(config, open_gate()).unwrap().read("d", "u", Vehicles::Include).await;
    reply.map(|reply| reply.trace.attempts).map_err(|error| (error.failure, error.trace.attempts))
}

#[tokio::test]
async fn the_ca_file_is_trusted() {
    assert_eq!(read(&serve_once(), CERTIFICATE).await, Ok(1));
}

#[tokio::test]
async fn an_unknown_certificate_is_systemic_and_not_retried() {
    let what = "the certificate's issuer is not trusted";
    assert_eq!(read(&serve_once(), OTHER).await, Err((Failure::Tls { what }, 1)));
}

#[tokio::test]
async fn a_server_without_tls_is_systemic_and_not_retried() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        let (mut socket, _) = listener.accept().unwrap();
        assert!(socket.read(&mut [0; 4096]).unwrap() > 0);
        socket.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").unwrap();
    });
    let what = "the other side does not speak TLS";
    assert_eq!(read(&url, OTHER).await, Err((Failure::Tls { what }, 1)));
}
