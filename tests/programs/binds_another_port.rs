//! A gateway that listens, but on a port of its own choice: `binds-another-port PORT`.

use std::net::TcpListener;

use anyhow::{Context, Result};
use smoke_tests::http::serve;

fn main() -> Result<()> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).context("bind a port")?;
    serve(&listener, |_| (200, String::new(), String::new()));
    Ok(())
}
