//! The form that came before versions: all arguments of the command line, as they were called then.

use std::time::Duration;

use camino::Utf8PathBuf;
use serde::Deserialize;

use super::{Resume, named};
use crate::facts::Facts;
use crate::options::{
    Capture, Cast, Choice, Extent, Limits, Manual, Options, Parts, Roles, WorkspaceOptions,
};
use crate::profile::{self, Profile};
use crate::run_record::Source;

/// What the file has, as far as it is needed.
#[derive(Deserialize)]
pub struct Unversioned {
    id: String,
    args: Arguments,
    source: Source,
    profile_path: Utf8PathBuf,
    profile_text: String,
    #[serde(default)]
    pm2_home: Option<Utf8PathBuf>,
    reused: bool,
    run_folder: Utf8PathBuf,
    cache: Utf8PathBuf,
    #[serde(default)]
    gateway_commit: Option<String>,
    port: u16,
    call_log_offset: u64,
}

#[derive(Deserialize)]
struct Arguments {
    supervisor: Option<String>,
    agent: Option<String>,
    model: Option<String>,
    inject: Option<String>,
    cold: bool,
    manual_stage: Vec<String>,
    manual: bool,
    workspace: WorkspaceArguments,
    limits: LimitArguments,
    parts: PartArguments,
    capture_debug_tools: bool,
    capture_diag_logs: bool,
}

#[derive(Deserialize)]
struct WorkspaceArguments {
    keep_workspace: bool,
    skip_bootstrap: bool,
}

#[derive(Deserialize)]
struct LimitArguments {
    heartbeat_timeout: u64,
}

#[derive(Deserialize)]
struct PartArguments {
    python_bin: Option<Utf8PathBuf>,
    pm2: Option<Utf8PathBuf>,
    codex_cli: Option<Utf8PathBuf>,
    codex_home: Option<Utf8PathBuf>,
    go_flags: Option<String>,
    gomaxprocs: Option<String>,
    pytest_scope: String,
}

impl TryFrom<Unversioned> for Resume {
    type Error = anyhow::Error;

    fn try_from(old: Unversioned) -> Result<Self, Self::Error> {
        let profile = profile::read(&old.profile_path, &old.profile_text)?;
        Ok(Self {
            run: Facts {
                id: old.id,
                source: old.source,
                gateway_commit: old.gateway_commit,
                port: old.port,
                reused: old.reused,
                cache: old.cache,
            },
            options: old.args.options(&profile)?,
            profile,
            run_folder: old.run_folder,
            pm2_home: old.pm2_home,
            call_log_offset: old.call_log_offset,
        })
    }
}

impl Arguments {
    /// The options that they asked for, as far as they matter from the first stage on.
    fn options(self, profile: &Profile) -> anyhow::Result<Options> {
        let heartbeat = Duration::from_secs(self.limits.heartbeat_timeout);
        let roles = self.cast()?;
        Ok(Options {
            roles: Roles::decide(roles, profile.roles),
            extent: if self.workspace.skip_bootstrap { Extent::Boot } else { Extent::Full },
            scope: named("pytest_scope", &self.parts.pytest_scope)?,
            manual: if self.manual { Manual::All } else { Manual::Stages(self.manual_stage) },
            workspace: WorkspaceOptions {
                keep: self.workspace.keep_workspace,
                ..Default::default()
            },
            limits: Limits {
                heartbeat: Some(heartbeat).filter(|limit| !limit.is_zero()),
                ..Limits::default()
            },
            parts: Parts {
                python: self.parts.python_bin,
                pm2: self.parts.pm2,
                codex_cli: self.parts.codex_cli,
                codex_home: self.parts.codex_home,
                go_flags: self.parts.go_flags,
                gomaxprocs: self.parts.gomaxprocs,
                ..Parts::default()
            },
            capture: Capture {
                debug_tools: self.capture_debug_tools,
                diag_logs: self.capture_diag_logs,
                ..Capture::default()
            },
            cold: self.cold,
            fault: self.inject,
        })
    }

    fn cast(&self) -> anyhow::Result<Cast> {
        Ok(Cast {
            supervisor: said("supervisor", self.supervisor.as_deref())?,
            agent: said("agent", self.agent.as_deref())?,
            model: said("model", self.model.as_deref())?,
        })
    }
}

fn said<T: Choice>(what: &str, name: Option<&str>) -> anyhow::Result<Option<T>> {
    name.map(|name| named(what, name)).transpose()
}
