//! A server that a test plays S3 with, byte by byte: what breaks on the way breaks here for real.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_s3::config::{Credentials, SharedCredentialsProvider};

use crate::connect::Aws;
use crate::s3::S3Store;

pub(super) struct Request {
    /// As `PUT /lake/a?partNumber=1`.
    pub(super) line: String,
    pub(super) headers: BTreeMap<String, String>,
    pub(super) body: Vec<u8>,
}

#[derive(Clone)]
pub(super) struct Answer {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
    /// How much of the body arrives, or nothing of the whole answer.
    arrives: Option<usize>,
}

type Play = Box<dyn FnMut(&Request) -> Answer + Send>;

#[derive(Clone)]
pub(super) struct Server {
    address: SocketAddr,
    lines: Arc<Mutex<Vec<String>>>,
}

impl Answer {
    pub(super) fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self { status, headers: Vec::new(), body: body.into(), arrives: Some(usize::MAX) }
    }

    pub(super) fn refused(status: u16, code: &str) -> Self {
        Self::new(status, format!("<Error><Code>{code}</Code><Message>It is so</Message></Error>"))
    }

    pub(super) fn lost() -> Self {
        Self { arrives: None, ..Self::new(200, "") }
    }

    pub(super) fn with(mut self, header: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((header, value.into()));
        self
    }

    pub(super) fn cut_after(self, bytes: usize) -> Self {
        Self { arrives: Some(bytes), ..self }
    }
}

impl Server {
    pub(super) fn playing(play: impl FnMut(&Request) -> Answer + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let server = Self::at(address);
        let (lines, play) = (Arc::clone(&server.lines), Arc::new(Mutex::new(Box::new(play) as Play)));
        std::thread::spawn(move || {
            for connection in listener.incoming() {
                let (lines, play) = (Arc::clone(&lines), Arc::clone(&play));
                std::thread::spawn(move || answer_one(connection.unwrap(), &lines, &play));
            }
        });
        server
    }

    /// Whoever listens there, if somebody does.
    pub(super) fn at(address: SocketAddr) -> Self {
        Self { address, lines: Arc::default() }
    }

    /// A store in the bucket `lake`.
    pub(super) fn store(&self) -> S3Store {
        let keys = Credentials::new("test", "test", None, None, "test");
        self.aws_with(SharedCredentialsProvider::new(keys)).store(&"s3://lake".parse().unwrap())
    }

    /// Clients whose tries follow each other at once.
    pub(super) fn aws_with(&self, keys: SharedCredentialsProvider) -> Aws {
        let config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(Region::new("eu-central-1"))
            .endpoint_url(format!("http://{}", self.address))
            .retry_config(
                RetryConfig::standard().with_max_attempts(3).with_initial_backoff(Duration::from_micros(1)),
            )
            .credentials_provider(keys)
            .http_client(aws_smithy_http_client::Builder::new().build_http());
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        Aws::of(config.build(), Arc::new(runtime.unwrap()))
    }

    pub(super) fn asked(&self) -> Vec<String> {
        self.lines.lock().unwrap().clone()
    }
}

/// One request on each connection, so that a lost answer loses nothing else.
fn answer_one(mut connection: TcpStream, lines: &Mutex<Vec<String>>, play: &Mutex<Play>) {
    let Some(request) = read(&connection) else { return };
    let answer = {
        let mut play = play.lock().unwrap();
        lines.lock().unwrap().push(request.line.clone());
        play(&request)
    };
    let Some(arrives) = answer.arrives else { return };
    let mut head = format!("HTTP/1.1 {} X\r\nconnection: close\r\n", answer.status);
    if !answer.headers.iter().any(|(name, _)| *name == "content-length") {
        head += &format!("content-length: {}\r\n", answer.body.len());
    }
    answer.headers.iter().for_each(|(name, value)| head += &format!("{name}: {value}\r\n"));
    let body = if request.line.starts_with("HEAD") { &[] } else { &answer.body[..] };
    let sent = [head.as_bytes(), b"\r\n", &body[..body.len().min(arrives)]].concat();
    // A reader that was given up is gone.
    let _ = connection.write_all(&sent);
}

fn read(connection: &TcpStream) -> Option<Request> {
    let mut reader = BufReader::new(connection);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let (line, _) = line.trim_end().rsplit_once(' ')?;
    let mut headers = BTreeMap::new();
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        let Some((name, value)) = header.trim_end().split_once(": ") else { break };
        headers.insert(name.to_lowercase(), value.to_owned());
    }
    let length = headers.get("content-length").map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Request { line: line.to_owned(), headers, body })
}
