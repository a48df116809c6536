//! A gateway that answers every request with one status: `answers-with-status PORT STATUS`. What follows is
//! about the servers that it would have, which it neither starts nor reads of.

use std::net::TcpListener;

use anyhow::{Context, Result};
use smoke_tests::http::serve;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [port, status, ..] = arguments.as_slice() else { anyhow::bail!("PORT STATUS") };
    let port: u16 = port.parse().context("read the port")?;
    let status: u16 = status.parse().context("read the status")?;
    let listener = TcpListener::bind(("127.0.0.1", port)).context("bind the port")?;
    serve(&listener, move |_| (status, String::new(), format!("no, {status}\n")));
    Ok(())
}
