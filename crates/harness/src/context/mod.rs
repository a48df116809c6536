//! The context that the steps of a run share: what was decided before them, which does not change while they
//! run, and what they find out for each other.

mod outset;
mod secrets;
pub mod variables;

use std::sync::atomic::AtomicBool;
use std::sync::{Mutex, MutexGuard, OnceLock};

use camino::Utf8PathBuf;
use smoke_agents::recipe::Installation;
use smoke_bundle::ConfigHome;
use smoke_core::cause::{Cause, Code};
use smoke_core::environment::Environment;
use smoke_core::finding::Finding;
use smoke_core::stop::Stop;
use smoke_core::sync;
use smoke_record::facts::Facts;
use smoke_record::folder::RunFolder;
use smoke_record::mask::Mask;
use smoke_record::options::{Extent, Options};
use smoke_record::profile::{self, Profile, Transport};
use smoke_record::workspace::Workspace;
use smoke_record::workspace::paths::Paths;

use crate::caches::setups::Kept;
use crate::host::Fingerprint;
use crate::port::Lease;
use crate::roles::connection::Connection;
use crate::roles::connection::sockets::Sockets;
use crate::versions::Asked;

pub use outset::Outset;

/// What the steps of a run share.
#[derive(Debug)]
pub struct Context {
    /// What tells the run from others.
    pub run: Facts,
    /// What it is asked to do.
    pub options: Options,
    /// The profile.
    pub profile: Profile,
    /// Where things are.
    pub paths: Paths,
    /// The run folder.
    pub folder: RunFolder,
    /// The environment of every child.
    pub environment: Environment,
    /// The secrets in it.
    pub mask: Mask,
    /// The gateway, as far as it is known before it runs.
    pub gateway: Gateway,
    /// Where the results of the profile's setup are kept, one for each; none for one that is not.
    pub setups: Vec<Option<Kept>>,
    /// What a person's turn left, in a run that was resumed.
    pub turn: Option<Turn>,
    /// The developer's own setup as it was before.
    pub host: Fingerprint,
    /// What the run holds until its end.
    pub held: Held,
    /// What the steps find out for each other.
    pub shared: Shared,
    /// The wish to stop.
    pub stop: Stop,
}

/// The gateway, as far as it is known before it runs.
#[derive(Debug)]
pub struct Gateway {
    /// Where its program is, or will be once it is built.
    pub program: Option<Utf8PathBuf>,
    /// What each request to it carries.
    pub headers: Vec<(String, String)>,
    /// The environment of its processes: that of every child, and what the profile gives them alone.
    pub environment: Environment,
}

/// Where a run goes on after a person's turn.
#[derive(Clone, Copy, Debug)]
pub struct Turn {
    /// The index of the stage that the run stopped before; none when no stage is left.
    pub stage: Option<usize>,
    /// The length of the gateway's record of calls when it stopped.
    pub call_log_offset: u64,
}

/// What a run holds until its end.
#[derive(Debug)]
pub struct Held {
    /// The workspace itself, until the teardown takes it.
    pub workspace: Mutex<Option<Workspace>>,
    /// The lease of the port; a kept stack that is resumed holds its port by itself.
    pub lease: Option<Lease>,
    /// The guard's process, which no sweep may end.
    pub guard: i32,
    /// Whether the workspace stays, whatever the options say.
    pub keep: AtomicBool,
}

impl Held {
    /// By a run in this workspace.
    pub fn new(workspace: Workspace, lease: Option<Lease>, guard: i32) -> Self {
        let workspace = Mutex::new(Some(workspace));
        Self { workspace, lease, guard, keep: AtomicBool::new(false) }
    }
}

/// What the steps find out for each other.
#[derive(Debug, Default)]
pub struct Shared {
    /// The run's own connection to the gateway.
    pub connection: Mutex<Connection>,
    /// The sockets at the gateway's address.
    pub sockets: Mutex<Sockets>,
    /// What the program of the agent can do, once it was asked.
    pub installation: OnceLock<Installation>,
    /// The programs whose versions were asked.
    pub versions: Asked,
    /// The addresses in the config home that were not the run's when the stack had read them.
    pub strange_addresses: OnceLock<Vec<String>>,
    /// The findings that were told.
    pub found: Mutex<Vec<Finding>>,
}

impl Context {
    /// The run's own connection to the gateway, for one at a time.
    pub fn connection(&self) -> MutexGuard<'_, Connection> {
        sync::lock(&self.shared.connection)
    }

    /// Whether any stage is left to a person.
    pub fn wants_a_person(&self) -> bool {
        (0..self.profile.stages.len()).any(|index| self.is_a_persons(index))
    }

    /// Whether stage `index` is one that a person does.
    pub fn is_a_persons(&self, index: usize) -> bool {
        self.options.manual.has(&self.profile.stages[index].name)
    }

    /// Whether the workspace may outlast the run: then it must not depend on what others keep, and a
    /// power cut must not spoil it.
    pub fn may_stay(&self) -> bool {
        let wanted = &self.options.workspace;
        let bootstrap_only = matches!(self.options.extent, Extent::Bootstrap { .. });
        wanted.path.is_some() || wanted.keep || bootstrap_only || self.wants_a_person()
    }

    /// The config home of the run.
    pub fn config_home(&self) -> ConfigHome {
        let make = if self.may_stay() { ConfigHome::new } else { ConfigHome::disposable };
        make(&self.paths.config_home)
    }

    /// Whether there is a gateway that has to be started, and kept running.
    pub fn has_gateway(&self) -> bool {
        self.profile.gateway.transport == Transport::Http
    }

    /// The gateway's own record of calls, if it writes one.
    pub fn call_log(&self) -> Option<Utf8PathBuf> {
        let path = self.profile.gateway.call_log.as_ref()?;
        Some(self.expand(path).ok()?.into())
    }

    /// `text` with its placeholders replaced.
    ///
    /// # Errors
    /// One of them has no value.
    pub fn expand(&self, text: &str) -> Result<String, Cause> {
        profile::expand(text, &self.environment).map_err(|unset| self.unset(&unset))
    }

    /// As [`Context::expand`], for all of `texts`.
    ///
    /// # Errors
    /// As [`Context::expand`].
    pub fn expand_all(&self, texts: &[String]) -> Result<Vec<String>, Cause> {
        profile::expand_all(texts, &self.environment).map_err(|unset| self.unset(&unset))
    }

    /// A value for a placeholder in the stack's files.
    pub fn lookup(&self, key: &str) -> Option<String> {
        self.environment.get(key).map(str::to_owned)
    }

    fn unset(&self, unset: &profile::Unset) -> Cause {
        let summary = format!("{}: {unset}", self.profile.path);
        let next = format!("set {} in the profile's [env] or in the environment", unset.key);
        Cause::new(Code::ConfigInvalid, summary, next)
    }
}
