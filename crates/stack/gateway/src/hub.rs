//! The servers that the config names, kept as the config and the overrides say.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use camino::Utf8Path;
use rmcp::model::Implementation;
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::backend::Backend;
use super::call_log::CallLog;
use super::config::{self, Config, Invalid};
use super::listing::{self, Listed};
use super::log;
use super::overrides::{self, Overrides};
use super::watched::{Look, Watched};

use smoke_core::sync;

/// How long a list waits for servers whose first attempt has not ended. Clients wait for an answer for 10 s and
/// more, and servers may take longer to start than that.
const SETTLE_BOUND: Duration = Duration::from_secs(5);

/// How long the gateway waits for its servers when it stops.
const STOP_BOUND: Duration = Duration::from_millis(2500);

/// Everything that the gateway serves.
pub struct Hub {
    inner: Mutex<Inner>,
    address: SocketAddr,
    /// Where finished calls are recorded.
    pub call_log: Option<CallLog>,
    changed: Arc<Notify>,
    lists: watch::Sender<u64>,
}

struct Inner {
    config_file: Watched,
    overrides_file: Option<Watched>,
    config: Config,
    overrides: Overrides,
    backends: Vec<Arc<Backend>>,
    retiring: Vec<JoinHandle<()>>,
    last_list: String,
}

impl Hub {
    /// Reads the config; [`Hub::start`] starts its servers.
    ///
    /// # Errors
    /// A config that is missing or cannot be used.
    pub fn open(path: &Utf8Path, call_log: Option<CallLog>) -> Result<Hub, Invalid> {
        let mut config_file = Watched::new(path);
        let text = match config_file.look() {
            Look::Changed(Some(text)) => text,
            Look::Unreadable(reason) => return Err(config::invalid(path, reason)),
            Look::Same | Look::Changed(None) => return Err(config::invalid(path, "no such file")),
        };
        let config = config::parse(path, &text)?;
        let address = config::address(&config).map_err(|reason| config::invalid(path, reason))?;
        let changed = Arc::new(Notify::new());
        let inner = Inner {
            config_file,
            overrides_file: None,
            config,
            overrides: Overrides::default(),
            backends: Vec::new(),
            retiring: Vec::new(),
            last_list: String::new(),
        };
        let lists = watch::Sender::new(0);
        Ok(Hub { inner: Mutex::new(inner), address, call_log, changed, lists })
    }

    /// Starts the servers.
    pub fn start(&self) {
        let mut inner = self.lock();
        let config = inner.config.clone();
        inner.adopt(config, &self.changed);
        inner.look_at_overrides();
    }

    /// The address to bind.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What clients are told about the gateway.
    pub fn implementation(&self) -> Implementation {
        let proxy = &self.lock().config.mcp_proxy;
        Implementation::new(proxy.name.clone(), proxy.version.clone())
    }

    /// Takes up what has changed in the config and the overrides, and tells the clients if that
    /// or a server's change of state has changed the list.
    pub fn refresh(&self) {
        let mut inner = self.lock();
        inner.look_at_config(&self.changed);
        inner.look_at_overrides();
        inner.retiring.retain(|task| !task.is_finished());
        let list = inner.fingerprint();
        if list != inner.last_list {
            inner.last_list = list;
            self.lists.send_modify(|version| *version += 1);
        }
    }

    /// Ends when a server has changed its state since the last time this ended.
    pub async fn changed(&self) {
        self.changed.notified().await;
    }

    /// A number that grows whenever the list of tools changes.
    pub fn lists(&self) -> watch::Receiver<u64> {
        self.lists.subscribe()
    }

    /// The list of tools now.
    pub fn list(&self) -> Vec<Listed> {
        self.lock().list()
    }

    /// A server by its name.
    pub fn backend(&self, name: &str) -> Option<Arc<Backend>> {
        self.lock().backends.iter().find(|backend| backend.name == name).cloned()
    }

    /// Waits, within a bound, until every server is ready or has failed once.
    pub async fn settled(&self) {
        let backends = self.lock().backends.clone();
        let all = async {
            for backend in backends {
                backend.settled().await;
            }
        };
        let _ = timeout(SETTLE_BOUND, all).await;
        self.refresh();
    }

    /// Stops all servers, within a bound.
    pub async fn stop(&self) {
        let tasks: Vec<_> = {
            let mut inner = self.lock();
            let backends = std::mem::take(&mut inner.backends);
            let retiring = std::mem::take(&mut inner.retiring);
            backends.iter().filter_map(|backend| backend.stop()).chain(retiring).collect()
        };
        let all = async {
            for task in tasks {
                let _ = task.await;
            }
        };
        if timeout(STOP_BOUND, all).await.is_err() {
            log::line(format_args!("some servers did not stop in time and are killed"));
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        sync::lock(&self.inner)
    }
}

impl Inner {
    fn look_at_config(&mut self, changed: &Arc<Notify>) {
        let path = self.config_file.path().to_owned();
        let parsed = match self.config_file.look() {
            Look::Same => return,
            Look::Changed(Some(text)) => config::parse(&path, &text),
            Look::Changed(None) => Err(config::invalid(&path, "has gone")),
            Look::Unreadable(reason) => Err(config::invalid(&path, reason)),
        };
        match parsed {
            Ok(config) => self.adopt(config, changed),
            Err(invalid) => log::line(format_args!("{invalid}; the last good one stays in force")),
        }
    }

    /// Starts, stops and keeps servers so that they are those of `config`.
    fn adopt(&mut self, config: Config, changed: &Arc<Notify>) {
        if config.mcp_proxy.addr != self.config.mcp_proxy.addr {
            log::line(format_args!("config: a changed mcpProxy.addr takes effect at a restart"));
        }
        let mut before = std::mem::take(&mut self.backends);
        for (name, entry) in &config.mcp_servers {
            let same = before.iter().position(|b| &b.name == name).map(|at| before.remove(at));
            self.backends.push(match same {
                Some(backend) if &backend.entry == entry => backend,
                other => {
                    let predecessor = other.and_then(|backend| backend.stop());
                    Backend::start(name, entry, changed.clone(), predecessor)
                }
            });
        }
        self.retiring.extend(before.iter().filter_map(|backend| backend.stop()));
        if config.manifest != self.config.manifest {
            self.overrides_file = None;
        }
        self.config = config;
    }

    fn look_at_overrides(&mut self) {
        let Some(path) = self.config.manifest.tool_overrides_path.clone() else {
            self.overrides = Overrides::default();
            return;
        };
        let file = self.overrides_file.get_or_insert_with(|| Watched::new(&path));
        let parsed = match file.look() {
            Look::Same => return,
            Look::Changed(None) => Ok(Overrides::default()),
            Look::Changed(Some(text)) => overrides::parse(&text),
            Look::Unreadable(reason) => Err(reason),
        };
        match parsed {
            Ok(overrides) => self.overrides = overrides,
            Err(why) => log::line(format_args!(
                "tool overrides {path}: {why}; the last good ones stay in force"
            )),
        }
    }

    fn list(&self) -> Vec<Listed> {
        let servers: Vec<_> =
            self.backends.iter().map(|b| (b.name.clone(), b.state().tools())).collect();
        listing::list(&servers, &self.overrides)
    }

    fn fingerprint(&self) -> String {
        let tools: Vec<_> = self.list().into_iter().map(|listed| listed.tool).collect();
        serde_json::to_string(&tools).unwrap_or_default()
    }
}
