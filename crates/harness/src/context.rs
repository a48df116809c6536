//! The context that the steps of a run share. Nothing in it changes while they run.

use std::fmt::Display;
use std::sync::atomic::AtomicBool;
use std::sync::{Mutex, MutexGuard, OnceLock};
use std::time::Duration;

use anyhow::Result;
use camino::{Utf8Path, Utf8PathBuf};
use serde_json::Value;
use smoke_agents::codex::{self, Installation, login};
use smoke_bundle::ConfigHome;
use smoke_core::cause::{Cause, Code};
use smoke_core::environment::{Environment, Origin};
use smoke_core::stop::Stop;
use smoke_core::{git, process, sync};
use smoke_mcp::endpoint::Endpoint;
use smoke_mcp::{Program, Refusal, header, listing};
use smoke_record::folder::RunFolder;
use smoke_record::mask::Mask;
use smoke_record::options::{Roles, SupervisorKind};
use smoke_record::profile::{self, Profile, ServerSpec, Transport};
use smoke_record::settings::Settings;
use smoke_record::workspace::Workspace;
use smoke_record::workspace::paths::Paths;

use super::port::Lease;
use super::step::Step;
use crate::caches::setups::{self, Kept};
use crate::host::Fingerprint;
use crate::roles::connection::{Connection, Listed};
use crate::roles::supervisor::Launch;
use crate::step::diagnosis::Subject;
use crate::versions::Asked;
use crate::{faults, missing, python};

/// What the steps of a run share.
#[derive(Debug)]
pub struct Context {
    /// The decisions of the run.
    pub settings: Settings,
    /// The profile.
    pub profile: Profile,
    /// Who plays the roles.
    pub roles: Roles,
    /// Where things are.
    pub paths: Paths,
    /// The environment of every child.
    pub environment: Environment,
    /// The secrets in it.
    pub mask: Mask,
    /// The run folder.
    pub folder: RunFolder,
    /// Where the gateway's program is, or will be once it is built.
    pub gateway_program: Option<Utf8PathBuf>,
    /// What each request to the gateway carries.
    pub headers: Vec<(String, String)>,
    /// Where the results of the profile's setup are kept, one for each; none for one that is not.
    pub kept: Vec<Option<Kept>>,
    /// The wish to stop.
    pub stop: Stop,
    /// The workspace itself, until the teardown takes it.
    pub workspace: Mutex<Option<Workspace>>,
    /// The lease of the port; a kept stack that is resumed holds its port by itself.
    pub lease: Option<Lease>,
    /// Whether the workspace stays, whatever the arguments say.
    pub keep: AtomicBool,
    /// The guard's process, which no sweep may end.
    pub guard: i32,
    /// The index of the stage that a person has done, in a run that was resumed.
    pub resumed_at: Option<usize>,
    /// The developer's own setup as it was before.
    pub host: Fingerprint,
    /// What the Codex CLI can do, once it was asked.
    pub installed_codex: OnceLock<Installation>,
    /// The programs whose versions were asked.
    pub asked: Asked,
    /// The run's own connection to the gateway.
    pub connection: Mutex<Connection>,
    /// The addresses in the config home that were not the run's when the stack had read them.
    pub strange_addresses: OnceLock<Vec<String>>,
}

impl Context {
    /// Puts together what follows from the settings.
    ///
    /// # Errors
    /// The profile is invalid, names a variable that has no value, or git is missing.
    pub fn new(
        settings: Settings,
        workspace: Workspace,
        guard: i32,
        stop: Stop,
    ) -> Result<Self, Cause> {
        let invalid = |error: anyhow::Error| {
            Cause::new(Code::ConfigInvalid, format!("{error:#}"), "correct the profile")
        };
        let mut profile =
            profile::read(&settings.profile_path, &settings.profile_text).map_err(invalid)?;
        faults::play(&settings.args, &mut profile);
        let roles = Roles::of(&settings.args, &profile);
        let mut paths = Paths::of(&settings.workspace);
        paths.pm2_home = settings.pm2_home.clone().unwrap_or(paths.pm2_home);
        let gateway_program = crate::caches::builds::program(&settings, &profile);
        let mut environment =
            smoke_core::project::inherited().map_err(|error| missing::git(&error))?;
        // Where its builds go is for the clone to say: what a profile names is looked for there.
        ["CARGO_TARGET_DIR", "CARGO_BUILD_TARGET_DIR"]
            .iter()
            .for_each(|key| environment.remove(key));
        for (key, value) in own_variables(&settings, &paths, gateway_program.as_ref()) {
            environment.set(&key, value, Origin::Run);
        }
        let kept = setups::places(&settings, &profile, &mut environment).map_err(invalid)?;
        for (key, value) in &profile.env {
            if key == "PM2_HOME" && roles.supervisor == SupervisorKind::Pm2 {
                return Err(invalid(anyhow::anyhow!(
                    "{}: [env] PM2_HOME: the pm2 of a run has a home of its own",
                    profile.path
                )));
            }
            let value = profile::expand(value, &environment).map_err(|error| {
                invalid(anyhow::anyhow!("{}: [env] {key}: {error}", profile.path))
            })?;
            environment.set(key, value, Origin::Profile);
        }
        profile.secrets.iter().for_each(|key| environment.mark_secret(key));
        let mut mask = Mask::new(&environment);
        let headers = headers(&profile, &environment).map_err(invalid)?;
        let secret = |(name, _): &&(String, String)| listing::is_secret_name(name);
        headers.iter().filter(secret).for_each(|(_, value)| mask.add_header(value));
        let servers = entries(&settings, &profile, &environment);
        let secrets = servers.iter().flat_map(listing::secrets);
        secrets.for_each(|value| mask.add_header(value));
        if let Some(home) =
            codex::users_home(settings.args.parts.codex_home.as_deref(), &environment)
        {
            mask.add_logins(&home.join("auth.json"));
            login::secrets(&home).iter().for_each(|secret| mask.add(secret));
        }
        let folder = RunFolder::open(&settings.run_folder);
        let host = Fingerprint::take(&Environment::inherited());
        let workspace = Mutex::new(Some(workspace));
        Ok(Self {
            settings,
            profile,
            roles,
            paths,
            environment,
            mask,
            folder,
            gateway_program,
            headers,
            kept,
            stop,
            workspace,
            keep: AtomicBool::new(false),
            guard,
            lease: None,
            resumed_at: None,
            host,
            installed_codex: OnceLock::new(),
            asked: Asked::default(),
            connection: Mutex::default(),
            strange_addresses: OnceLock::new(),
        })
    }

    /// Asks the gateway for its tools over the run's own connection, within the time that is `left`.
    ///
    /// # Errors
    /// What the failed attempt means.
    pub fn list_tools(
        &self,
        endpoint: &Endpoint,
        left: Duration,
        stop: &Stop,
    ) -> Result<Listed, Refusal> {
        self.connection().list(endpoint, left, stop)
    }

    /// What the gateway listed last over that connection; none before its first answer.
    pub fn last_listed(&self) -> Option<Listed> {
        self.connection().last().cloned()
    }

    /// The run's own connection, for one at a time.
    pub fn connection(&self) -> MutexGuard<'_, Connection> {
        sync::lock(&self.connection)
    }

    /// Whether any stage is left to a person.
    pub fn wants_a_person(&self) -> bool {
        !self.settings.waiting_for.is_empty()
    }

    /// Whether stage `index` is one that a person does.
    pub fn is_a_persons(&self, index: usize) -> bool {
        self.settings.waiting_for.contains(&self.profile.stages[index].name)
    }

    /// Whether a person has yet to do stage `index`. After a resume, they have done the one that
    /// the run stopped before, all of them if the playbook was for all, and any that they left a
    /// transcript of.
    pub fn waits_for_a_person(&self, index: usize) -> bool {
        let done = self.resumed_at.is_some_and(|stage| {
            let transcript = format!("{}.jsonl", self.profile.stages[index].name);
            stage == index
                || self.settings.args.manual
                || self.paths.transcripts.join(transcript).exists()
        });
        self.is_a_persons(index) && !done
    }

    /// What the Codex CLI can do; it is asked once in each process of a run.
    ///
    /// # Errors
    /// There is none that can be used.
    pub fn codex(&self, step: &Step) -> Result<&Installation, Cause> {
        if let Some(known) = self.installed_codex.get() {
            return Ok(known);
        }
        let asked = crate::roles::agent::codex::ask::ask(self, step)?;
        Ok(self.installed_codex.get_or_init(|| asked))
    }

    /// Whether the workspace may outlast the run: then it must not depend on what others keep, and a
    /// power cut must not spoil it.
    pub fn may_stay(&self) -> bool {
        let wanted = &self.settings.args.workspace;
        let stays = wanted.workspace.is_some() || wanted.keep_workspace || wanted.bootstrap_only;
        stays || self.wants_a_person()
    }

    /// The config home of the run.
    pub fn config_home(&self) -> ConfigHome {
        let make = if self.may_stay() { ConfigHome::new } else { ConfigHome::disposable };
        make(&self.paths.config_home)
    }

    /// The command line of the gateway.
    ///
    /// # Errors
    /// It names a variable that has no value.
    pub fn gateway_command(&self) -> Result<Vec<String>, Cause> {
        self.expand_all(&self.profile.gateway.command)
    }

    /// Where the gateway serves.
    ///
    /// # Errors
    /// As [`Context::gateway_command`].
    pub fn gateway_url(&self) -> Result<String, Cause> {
        self.expand(&self.profile.gateway.url)
    }

    /// How the gateway is reached.
    ///
    /// # Errors
    /// As [`Context::gateway_command`].
    pub fn endpoint(&self) -> Result<Endpoint, Cause> {
        if self.profile.gateway.transport == Transport::Http {
            let (url, headers) = (self.gateway_url()?, self.headers.clone());
            return Ok(Endpoint::Http { url, headers });
        }
        let Launch { argv, cwd, log } = Launch::of(self)?;
        Ok(Endpoint::Stdio(Program { argv, cwd, environment: self.environment.clone(), log }))
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

    /// What to look at when something stalls.
    pub fn subject(&self) -> Subject {
        Subject {
            run: self.settings.id.clone(),
            port: self.settings.port,
            guard: self.guard,
            run_folder: self.folder.path().to_owned(),
            workspace: self.paths.workspace.clone(),
            logs: self.paths.logs.clone(),
            pm2_home: self.paths.pm2_home.clone(),
        }
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

/// The entries of all servers that the profile names, also of those in the file of a client. Whether
/// that file is as it should be is for the step that reads it.
fn entries(settings: &Settings, profile: &Profile, environment: &Environment) -> Vec<Value> {
    let listed = profile.mcp_config.as_ref().and_then(|spec| {
        let source = Utf8Path::new(&settings.source.path);
        let text = git::show(source, &settings.source.commit, &spec.path, environment)?;
        listing::servers(Utf8Path::new(&spec.path), &text).ok()
    });
    let listed = listed.into_iter().flatten().map(|(_, entry)| entry);
    profile.servers.iter().map(ServerSpec::entry).chain(listed).collect()
}

/// The headers for the gateway, as the profile says.
fn headers(profile: &Profile, environment: &Environment) -> Result<Vec<(String, String)>> {
    let header = |(name, value): &(String, String)| {
        let wrong = |why: &dyn Display| {
            anyhow::anyhow!("{}: [gateway] headers {name}: {why}", profile.path)
        };
        let value = profile::expand(value, environment).map_err(|unset| wrong(&unset))?;
        match header::fault(name, &value) {
            Some(fault) => Err(wrong(&fault)),
            None => Ok((name.clone(), value)),
        }
    };
    profile.gateway.headers.iter().map(header).collect()
}

fn own_variables(
    settings: &Settings,
    paths: &Paths,
    gateway_program: Option<&Utf8PathBuf>,
) -> Vec<(String, String)> {
    let base = format!("http://127.0.0.1:{}", settings.port);
    let python =
        python::interpreter(settings.args.parts.python_bin.as_deref(), &settings.source.path);
    let mut variables = vec![
        (process::RUN_ID, settings.id.clone()),
        ("SMOKE_WORKSPACE", paths.workspace.to_string()),
        ("SMOKE_BUILD_DIR", settings.cache.join("build").to_string()),
        ("SMOKE_CALL_LOG", paths.logs.join("gateway-calls.jsonl").to_string()),
        ("STELAE_DIR", paths.clone.to_string()),
        ("APPS_DIR", paths.apps.to_string()),
        ("STELAE_CONFIG_HOME", paths.config_home.to_string()),
        ("STELAE_STATE_HOME", paths.state_home.to_string()),
        ("STELAE_ENV_FILE", paths.env_file.to_string()),
        ("PROXY_CONFIG", paths.state_home.join("proxy.json").to_string()),
        ("TOOL_OVERRIDES_PATH", paths.state_home.join("tool_overrides.json").to_string()),
        ("STELAE_DISCOVERY_PATH", paths.state_home.join("discovered_servers.json").to_string()),
        ("PROXY_PORT", settings.port.to_string()),
        ("PUBLIC_PORT", settings.port.to_string()),
        ("STELAE_PROXY_BASE", base.clone()),
        ("PUBLIC_BASE_URL", base.clone()),
        ("PUBLIC_SSE_URL", format!("{base}/mcp")),
        ("PM2_HOME", paths.pm2_home.to_string()),
        ("CODEX_HOME", paths.codex_home.to_string()),
        ("TMPDIR", paths.tmp.to_string()),
        ("GIT_AUTHOR_NAME", "Clone Smoke".into()),
        ("GIT_AUTHOR_EMAIL", "smoke@localhost".into()),
        ("GIT_COMMITTER_NAME", "Clone Smoke".into()),
        ("GIT_COMMITTER_EMAIL", "smoke@localhost".into()),
        ("PYTHON", python.clone()),
        ("SHIM_PYTHON", python),
        ("PYTHONUNBUFFERED", "1".into()),
    ];
    let parts = &settings.args.parts;
    variables.extend(gateway_program.map(|path| ("SMOKE_GATEWAY_BIN", path.to_string())));
    variables.extend(parts.pm2.clone().map(|path| ("PM2", path.into_string())));
    variables.extend(parts.go_flags.clone().map(|flags| ("GOFLAGS", flags)));
    variables.extend(parts.gomaxprocs.clone().map(|count| ("GOMAXPROCS", count)));
    if settings.args.capture_debug_tools {
        variables.extend([("FASTMCP_LOG_LEVEL", "DEBUG".into()), ("MCP_DEBUG_LOG", "1".into())]);
    }
    variables.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}
