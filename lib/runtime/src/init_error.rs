//! Tells Lambda why a function cannot start, so that whoever calls it reads the reason and not "exit status 1".

use std::io::{self, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;

use serde::Serialize;

use crate::error::FunctionError;

const PATIENCE: Duration = Duration::from_secs(2);

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Told<'e> {
    error_type: &'e str,
    error_message: &'e str,
}

/// `runtime_api` is host and port. It is plain HTTP within the function's own machine.
pub fn tell(runtime_api: &str, error: &FunctionError) -> io::Result<()> {
    let address = runtime_api.to_socket_addrs()?.next();
    let address = address.ok_or_else(|| io::Error::from(io::ErrorKind::AddrNotAvailable))?;
    let mut connection = TcpStream::connect_timeout(&address, PATIENCE)?;
    connection.set_write_timeout(Some(PATIENCE))?;
    connection.set_read_timeout(Some(PATIENCE))?;
    connection.write_all(request(runtime_api, error)?.as_bytes())?;
    // Lambda may end the process as soon as it has answered.
    io::copy(&mut connection, &mut io::sink())?;
    Ok(())
}

fn request(runtime_api: &str, error: &FunctionError) -> io::Result<String> {
    let body = serde_json::to_string(&Told { error_type: error.kind(), error_message: error.message() })?;
    let kind: String = error.kind().chars().filter(char::is_ascii_alphanumeric).collect();
    Ok(format!(
        "POST /2018-06-01/runtime/init/error HTTP/1.1\r\nHost: {runtime_api}\r\nConnection: close\r\n\
         Content-Type: application/json\r\nLambda-Runtime-Function-Error-Type: Function.{kind}\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;
    use std::net::TcpListener;

    #[test]
    fn lambda_reads_the_reason() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let lambda = std::thread::spawn(move || {
            let (mut connection, _) = listener.accept().unwrap();
            let mut request = vec![0; 4096];
            let mut length = 0;
            while !request[..length].ends_with(b"}") {
                length += connection.read(&mut request[length..]).unwrap();
            }
            connection.write_all(b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n").unwrap();
            String::from_utf8(request[..length].to_vec()).unwrap()
        });
        tell(&address, &FunctionError::new("Environment\r\nError", "LEADLAKE_LAKE is not set")).unwrap();
        let request = lambda.join().unwrap();
        assert!(request.starts_with("POST /2018-06-01/runtime/init/error HTTP/1.1\r\n"), "{request}");
        assert!(request.contains("Error-Type: Function.EnvironmentError\r\n"), "{request}");
        assert!(request.contains(r#""errorMessage":"LEADLAKE_LAKE is not set""#), "{request}");
    }
}
