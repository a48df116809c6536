//! The paths in a workspace.

use camino::{Utf8Path, Utf8PathBuf};

/// The places of a workspace.
#[derive(Clone, Debug)]
pub struct Paths {
    /// The workspace itself.
    pub workspace: Utf8PathBuf,
    /// The clone of the source.
    pub clone: Utf8PathBuf,
    /// The folder for other clones, such as the gateway's.
    pub apps: Utf8PathBuf,
    /// The config home.
    pub config_home: Utf8PathBuf,
    /// The folder for rendered and discovered things.
    pub state_home: Utf8PathBuf,
    /// The .env file.
    pub env_file: Utf8PathBuf,
    /// The home of pm2.
    pub pm2_home: Utf8PathBuf,
    /// The home of codex.
    pub codex_home: Utf8PathBuf,
    /// The homes of other agents, each by its name.
    pub agent_homes: Utf8PathBuf,
    /// The empty repository that an agent works in.
    pub client_repo: Utf8PathBuf,
    /// Where a person puts transcripts.
    pub transcripts: Utf8PathBuf,
    /// What the stack's processes say.
    pub logs: Utf8PathBuf,
    /// TMPDIR of all children.
    pub tmp: Utf8PathBuf,
}

impl Paths {
    /// The places of `workspace`.
    pub fn of(workspace: &Utf8Path) -> Self {
        let config_home = workspace.join("config-home");
        Self {
            workspace: workspace.to_owned(),
            clone: workspace.join("stelae"),
            apps: workspace.join("apps"),
            state_home: config_home.join(".state"),
            env_file: config_home.join(".env"),
            config_home,
            pm2_home: workspace.join(".pm2"),
            codex_home: workspace.join("codex-home"),
            agent_homes: workspace.join("agent-homes"),
            client_repo: workspace.join("client-repo"),
            transcripts: workspace.join("codex-transcripts"),
            logs: workspace.join("logs"),
            tmp: workspace.join("tmp"),
        }
    }

    /// The homes of agents, which may hold a login.
    pub fn homes(&self) -> [&Utf8Path; 2] {
        [&self.codex_home, &self.agent_homes]
    }

    /// The folders that every run needs, besides the home of pm2.
    pub fn folders(&self) -> [&Utf8Path; 6] {
        [&self.apps, &self.config_home, &self.state_home, &self.transcripts, &self.logs, &self.tmp]
    }
}
