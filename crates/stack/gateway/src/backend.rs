//! One server of the gateway: started, watched, and started again when it fails.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime};

use rmcp::model::{ClientRequest, PingRequest, Tool};
use rmcp::service::{Peer, RoleClient};
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::backoff::Backoff;
use super::config::Entry;
use super::connection::{self, Connection, Target};
use super::log;
use super::state::{Down, State};

use smoke_core::sync;

/// How long a server may take to list its tools anew.
const RELIST_BOUND: Duration = Duration::from_secs(10);

/// How long a server that let a call run out of time has to answer a ping.
const PING_BOUND: Duration = Duration::from_secs(2);

/// A server and the task that keeps it up.
pub struct Backend {
    /// Its name in the config.
    pub name: String,
    /// Its entry in the config.
    pub entry: Entry,
    state: watch::Sender<State>,
    stop: CancellationToken,
    suspect: Notify,
    relist: Arc<Notify>,
    changed: Arc<Notify>,
    task: Mutex<Option<JoinHandle<()>>>,
}

impl Backend {
    /// Starts a server once `predecessor`, the one with the same name before it, has ended.
    /// `changed` is notified at every change of state.
    pub fn start(
        name: &str,
        entry: &Entry,
        changed: Arc<Notify>,
        predecessor: Option<JoinHandle<()>>,
    ) -> Arc<Backend> {
        let backend = Arc::new(Backend {
            name: name.to_owned(),
            entry: entry.clone(),
            state: watch::Sender::new(State::Starting),
            stop: CancellationToken::new(),
            suspect: Notify::new(),
            relist: Arc::new(Notify::new()),
            changed,
            task: Mutex::new(None),
        });
        let task = tokio::spawn(backend.clone().run(predecessor));
        *sync::lock(&backend.task) = Some(task);
        backend
    }

    /// What it is doing now.
    pub fn state(&self) -> State {
        self.state.borrow().clone()
    }

    /// Waits until its first attempt has ended.
    pub async fn settled(&self) {
        let mut state = self.state.subscribe();
        let _ = state.wait_for(State::is_settled).await;
    }

    /// Why it is down, once it is; none if it does not go down within `bound`.
    pub async fn down_within(&self, bound: Duration) -> Option<String> {
        let mut state = self.state.subscribe();
        let down = timeout(bound, state.wait_for(|state| matches!(state, State::Down(_)))).await;
        match &*down.ok()?.ok()? {
            State::Down(down) => Some(down.why.clone()),
            _ => None,
        }
    }

    /// Tells it that a call ran out of time: if it does not answer a ping either, it is restarted.
    pub fn suspect(&self) {
        self.suspect.notify_one();
    }

    /// Asks it to stop; the handle ends when it has.
    pub fn stop(&self) -> Option<JoinHandle<()>> {
        self.stop.cancel();
        sync::lock(&self.task).take()
    }

    async fn run(self: Arc<Self>, predecessor: Option<JoinHandle<()>>) {
        if let Some(predecessor) = predecessor {
            let _ = predecessor.await;
        }
        match connection::target(&self.entry) {
            Ok(target) => self.keep_up(&target).await,
            Err(why) => {
                self.report(format_args!("failed: {why}"));
                self.set_down(why, None);
            }
        }
    }

    async fn keep_up(&self, target: &Target<'_>) {
        let mut backoff = Backoff::new();
        while !self.stop.is_cancelled() {
            self.report(format_args!("starting"));
            let (relist, stop) = (self.relist.clone(), &self.stop);
            let opened = connection::open(&self.name, &self.entry, target, relist, stop).await;
            let begun = Instant::now();
            let why = match opened {
                Err(_) if stop.is_cancelled() => return,
                Err(why) => why,
                Ok((connection, tools)) => match self.watch(connection, tools).await {
                    Some(why) => why,
                    None => return,
                },
            };
            let delay = backoff.after(begun.elapsed());
            let word = if why.starts_with("exited: ") { "" } else { "failed: " };
            self.report(format_args!("{word}{why}, retry in {} ms", delay.as_millis()));
            self.set_down(why, Some(delay));
            let _ = timeout(delay, self.stop.cancelled()).await;
        }
    }

    /// Holds a connection until it fails, which is told, or the server is to stop.
    async fn watch(&self, mut connection: Connection, tools: Vec<Tool>) -> Option<String> {
        let pid = connection.pid().map(|pid| format!(", pid {pid}")).unwrap_or_default();
        self.report(format_args!("ready with {} tools{pid}", tools.len()));
        self.set_ready(&connection.peer, tools);
        loop {
            let peer = connection.peer.clone();
            let failure = tokio::select! {
                how = connection.ended() => Some(how),
                () = self.stop.cancelled() => {
                    connection.stop().await;
                    self.report(format_args!("stopped"));
                    return None;
                }
                () = self.relist.notified() => self.list_again(&peer).await.err(),
                () = self.suspect.notified() => ping(&peer).await.err(),
            };
            if let Some(why) = failure {
                connection.stop().await;
                return Some(why);
            }
        }
    }

    async fn list_again(&self, peer: &Peer<RoleClient>) -> Result<(), String> {
        let tools = connection::tools(peer, RELIST_BOUND).await?;
        self.report(format_args!("now has {} tools", tools.len()));
        self.set_ready(peer, tools);
        Ok(())
    }

    fn set_ready(&self, peer: &Peer<RoleClient>, tools: Vec<Tool>) {
        self.set(State::Ready { peer: peer.clone(), tools: tools.into() });
    }

    fn set_down(&self, why: String, delay: Option<Duration>) {
        let now = SystemTime::now();
        let previous = self.state();
        let since = match &previous {
            State::Down(down) => down.since,
            _ => now,
        };
        let next_attempt = delay.map(|delay| now + delay);
        self.set(State::Down(Arc::new(Down { why, since, next_attempt, tools: previous.tools() })));
    }

    fn set(&self, state: State) {
        self.state.send_replace(state);
        self.changed.notify_one();
    }

    fn report(&self, what: std::fmt::Arguments<'_>) {
        log::line(format_args!("server {}: {what}", self.name));
    }
}

async fn ping(peer: &Peer<RoleClient>) -> Result<(), String> {
    let ping = peer.send_request(ClientRequest::PingRequest(PingRequest::default()));
    match timeout(PING_BOUND, ping).await {
        Ok(Err(rmcp::ServiceError::TransportClosed)) => Err("the connection closed".to_owned()),
        Ok(_) => Ok(()),
        Err(_) => Err(format!("hangs: no answer to a ping within {} s", PING_BOUND.as_secs())),
    }
}
