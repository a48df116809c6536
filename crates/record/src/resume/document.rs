//! The document as it is written.

use std::time::Duration;

use camino::Utf8PathBuf;
use serde::{Deserialize, Serialize};

use super::{Resume, VERSION, named};
use crate::facts::Facts;
use crate::options::{
    Capture, Choice, Extent, Limits, Manual, Options, Parts, Roles, WorkspaceOptions,
};
use crate::profile;
use crate::run_record::Source;

/// What the file has. A field that gets another name or meaning makes another version.
#[derive(Serialize, Deserialize)]
pub struct Document {
    version: u32,
    id: String,
    source: Source,
    gateway_commit: Option<String>,
    port: u16,
    reused: bool,
    cache: Utf8PathBuf,
    run_folder: Utf8PathBuf,
    pm2_home: Option<Utf8PathBuf>,
    call_log_offset: u64,
    profile: ProfileText,
    options: Asked,
}

#[derive(Serialize, Deserialize)]
struct ProfileText {
    path: Utf8PathBuf,
    text: String,
}

/// The options that matter from the first stage on.
#[derive(Serialize, Deserialize)]
struct Asked {
    supervisor: String,
    agent: String,
    model: String,
    scope: String,
    /// Whether the stack was started as the workspace held it.
    skip_bootstrap: bool,
    /// The stages that a person does; null if it is all of them, by one playbook.
    manual_stages: Option<Vec<String>>,
    keep_workspace: bool,
    heartbeat_s: Option<u64>,
    cold: bool,
    fault: Option<String>,
    debug_tools: bool,
    diag_logs: bool,
    python: Option<Utf8PathBuf>,
    pm2: Option<Utf8PathBuf>,
    #[serde(default)]
    agent_cli: Option<Utf8PathBuf>,
    codex_cli: Option<Utf8PathBuf>,
    codex_home: Option<Utf8PathBuf>,
    go_flags: Option<String>,
    gomaxprocs: Option<String>,
}

impl From<&Resume> for Document {
    fn from(resume: &Resume) -> Self {
        let (run, profile) = (resume.run.clone(), &resume.profile);
        Self {
            version: VERSION,
            id: run.id,
            source: run.source,
            gateway_commit: run.gateway_commit,
            port: run.port,
            reused: run.reused,
            cache: run.cache,
            run_folder: resume.run_folder.clone(),
            pm2_home: resume.pm2_home.clone(),
            call_log_offset: resume.call_log_offset,
            profile: ProfileText { path: profile.path.clone(), text: profile.text.clone() },
            options: Asked::from(&resume.options),
        }
    }
}

impl TryFrom<Document> for Resume {
    type Error = anyhow::Error;

    fn try_from(document: Document) -> Result<Self, Self::Error> {
        Ok(Self {
            run: Facts {
                id: document.id,
                source: document.source,
                gateway_commit: document.gateway_commit,
                port: document.port,
                reused: document.reused,
                cache: document.cache,
            },
            options: Options::try_from(document.options)?,
            profile: profile::read(&document.profile.path, &document.profile.text)?,
            run_folder: document.run_folder,
            pm2_home: document.pm2_home,
            call_log_offset: document.call_log_offset,
        })
    }
}

impl From<&Options> for Asked {
    fn from(options: &Options) -> Self {
        let (roles, parts) = (options.roles, options.parts.clone());
        Self {
            supervisor: roles.supervisor.name().to_owned(),
            agent: roles.agent.name.to_owned(),
            model: roles.model.name().to_owned(),
            scope: options.scope.name().to_owned(),
            skip_bootstrap: options.extent == Extent::Boot,
            manual_stages: match &options.manual {
                Manual::All => None,
                Manual::Stages(names) => Some(names.clone()),
                Manual::None => Some(Vec::new()),
            },
            keep_workspace: options.workspace.keep,
            heartbeat_s: options.limits.heartbeat.map(|limit| limit.as_secs()),
            cold: options.cold,
            fault: options.fault.clone(),
            debug_tools: options.capture.debug_tools,
            diag_logs: options.capture.diag_logs,
            python: parts.python,
            pm2: parts.pm2,
            agent_cli: parts.agent_cli,
            codex_cli: parts.codex_cli,
            codex_home: parts.codex_home,
            go_flags: parts.go_flags,
            gomaxprocs: parts.gomaxprocs,
        }
    }
}

impl TryFrom<Asked> for Options {
    type Error = anyhow::Error;

    fn try_from(asked: Asked) -> Result<Self, Self::Error> {
        let Asked { debug_tools, diag_logs, python, pm2, codex_cli, codex_home, .. } = asked;
        let Asked { go_flags, gomaxprocs, agent_cli, .. } = asked;
        Ok(Self {
            roles: Roles {
                supervisor: named("supervisor", &asked.supervisor)?,
                agent: named("agent", &asked.agent)?,
                model: named("model", &asked.model)?,
            },
            extent: if asked.skip_bootstrap { Extent::Boot } else { Extent::Full },
            scope: named("scope", &asked.scope)?,
            manual: asked.manual_stages.map_or(Manual::All, Manual::Stages),
            workspace: WorkspaceOptions { keep: asked.keep_workspace, ..Default::default() },
            limits: Limits {
                heartbeat: asked.heartbeat_s.map(Duration::from_secs),
                ..Limits::default()
            },
            parts: Parts {
                python,
                pm2,
                agent_cli,
                codex_cli,
                codex_home,
                go_flags,
                gomaxprocs,
                ..Parts::default()
            },
            capture: Capture { debug_tools, diag_logs, ..Capture::default() },
            cold: asked.cold,
            fault: asked.fault,
        })
    }
}
