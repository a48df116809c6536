//! The gateway: one address for the tools of many servers.
//!
//! Each server has a task of its own ([`backend`]), so that one that dies or hangs costs nobody
//! else anything. [`hub`] holds the servers that the config names and routes calls to them;
//! [`handler`] answers clients; [`listener`] is the HTTP around it.

mod backend;
mod backoff;
mod call;
mod call_log;
mod child;
mod config;
mod connection;
mod handler;
mod http_client;
mod hub;
mod listener;
mod listing;
pub mod log;
mod messages;
mod overrides;
mod result;
mod state;
mod watched;

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use camino::Utf8PathBuf;
use clap::Args;
use tokio::signal::unix::{SignalKind, signal};

use call_log::CallLog;
use hub::Hub;

pub use config::Invalid;

/// How often the files are looked at when no client asks for anything.
const POLL: Duration = Duration::from_millis(250);

/// What is left to background work after the servers have been stopped.
const LAST_GRACE: Duration = Duration::from_millis(100);

/// What it is told.
#[derive(Args)]
pub struct Arguments {
    /// The config in the form of Stelae's proxy.json; watched, a change takes effect by itself
    #[arg(long, value_name = "FILE")]
    pub config: Utf8PathBuf,
    /// Append one JSON line to this file for each finished tool call; without it, to the file that
    /// STELAE_CALL_LOG names, if it does
    #[arg(long, value_name = "FILE")]
    pub call_log: Option<Utf8PathBuf>,
}

/// Serves until SIGTERM or SIGINT, then stops the servers.
///
/// # Errors
/// A config that cannot be read or is wrong ([`Invalid`]), or an address that is taken.
pub fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let outcome = runtime.block_on(serve(arguments));
    runtime.shutdown_timeout(LAST_GRACE);
    outcome.map(|()| ExitCode::SUCCESS)
}

async fn serve(arguments: &Arguments) -> anyhow::Result<()> {
    let mut terminated = signal(SignalKind::terminate()).context("catch SIGTERM")?;
    let mut interrupted = signal(SignalKind::interrupt()).context("catch SIGINT")?;
    let call_log = call_log_path(arguments).as_deref().map(CallLog::open).transpose()?;
    let hub = Arc::new(Hub::open(&arguments.config, call_log)?);
    let listener = listener::bind(hub.address())?;
    hub.start();
    let accepting = tokio::spawn(listener::serve(listener, hub.clone()));
    let polling = tokio::spawn(poll(hub.clone()));
    tokio::select! {
        _ = terminated.recv() => log::line(format_args!("SIGTERM: stopping")),
        _ = interrupted.recv() => log::line(format_args!("SIGINT: stopping")),
    }
    accepting.abort();
    polling.abort();
    hub.stop().await;
    Ok(())
}

/// The option, or else the variable, which an empty value leaves unset.
fn call_log_path(arguments: &Arguments) -> Option<Utf8PathBuf> {
    let named = || std::env::var("STELAE_CALL_LOG").ok().filter(|path| !path.is_empty());
    arguments.call_log.clone().or_else(|| named().map(Utf8PathBuf::from))
}

async fn poll(hub: Arc<Hub>) {
    loop {
        let _ = tokio::time::timeout(POLL, hub.changed()).await;
        hub.refresh();
    }
}
