//! A gateway that answers every request with one status: `answers-with-status PORT STATUS`. With
//! `tls` as the status it answers as what speaks TLS, with `sse` as a stream of events that is at `/sse`. What follows is
//! about the servers that it would have, which it neither starts nor reads of.

use std::io::{Read, Write};
use std::net::TcpListener;

use anyhow::{Context, Result};
use smoke_tests::http::{Request, serve};

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [port, status, ..] = arguments.as_slice() else { anyhow::bail!("PORT STATUS") };
    let port: u16 = port.parse().context("read the port")?;
    let listener = TcpListener::bind(("127.0.0.1", port)).context("bind the port")?;
    match status.as_str() {
        "tls" => alert(&listener),
        "sse" => serve(&listener, stream),
        status => {
            let status: u16 = status.parse().context("read the status")?;
            serve(&listener, move |_| (status, String::new(), format!("no, {status}\n")));
        }
    }
    Ok(())
}

/// A stream of events at its own path alone.
fn stream(request: &Request) -> (u16, String, String) {
    if (request.method.as_str(), request.path.as_str()) != ("GET", "/sse") {
        return (404, String::new(), "no such route".to_owned());
    }
    let event = "event: endpoint\ndata: /messages?session_id=1\n\n";
    (200, "content-type: text/event-stream\r\n".to_owned(), event.to_owned())
}

/// As what speaks TLS answers to anything else.
fn alert(listener: &TcpListener) {
    for mut socket in listener.incoming().flatten() {
        let _ = socket.read(&mut [0; 4096]);
        let _ = socket.write_all(&[0x15, 3, 3, 0, 2, 2, 50]);
    }
}
