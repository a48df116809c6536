//! pm2, as far as a run and `bundle-install` talk to it: every call is bounded, one follows the
//! other, and nothing waits for a pipe that its daemon may hold.

mod app;
pub mod home;
pub mod log;
pub mod program;
mod version;

use std::sync::Mutex;
use std::time::Instant;
use std::{fmt, io};

use camino::{Utf8Path, Utf8PathBuf};
use smoke_core::attended::Unanswered;
use smoke_core::bound::Bound;
use smoke_core::environment::{Environment, Origin};
use smoke_core::{apart, sync};

pub use app::{App, words};
pub use version::version;

/// Two calls at once race each other for the daemon.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// A pm2 and the environment it is called in.
#[derive(Clone, Debug)]
pub struct Pm2 {
    /// The command line that starts it, without arguments.
    pub command: Vec<String>,
    /// The environment of every call. Its `PM2_HOME` says which daemon is meant.
    pub environment: Environment,
    /// The folder of every call.
    pub cwd: Utf8PathBuf,
}

/// Why a call failed.
#[derive(Debug, PartialEq)]
pub enum Trouble {
    /// pm2, or node below it, cannot be started.
    Missing(String),
    /// It did not end in time and was killed.
    Late(String),
    /// It ended with another status than 0, or said what cannot be read.
    Failed(String),
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::Missing(text) | Self::Late(text) | Self::Failed(text)) = self;
        f.write_str(text)
    }
}

impl std::error::Error for Trouble {}

impl Pm2 {
    /// The one that `command` starts, for a daemon of the run's own: what the user's environment
    /// says of another pm2, or of being below one, is left out.
    pub fn of_run(command: Vec<String>, environment: &Environment, cwd: &Utf8Path) -> Self {
        let mut environment = environment.clone();
        forget_others(&mut environment);
        for key in ["PM2_DISCRETE_MODE", "PM2_DISABLE_VERSION_CHECK", "PM2_NO_INTERACTION"] {
            environment.set(key, "true", Origin::Inherited);
        }
        Self { command, environment, cwd: cwd.to_owned() }
    }

    /// Calls it. Returns what it printed.
    ///
    /// # Errors
    /// See [`Trouble`].
    pub fn call(&self, arguments: &[&str], bound: &Bound) -> Result<String, Trouble> {
        let arguments = arguments.iter().map(|argument| (*argument).to_owned());
        let argv: Vec<String> = self.command.iter().cloned().chain(arguments).collect();
        let shown = shown(&argv, self.command.len());
        let turn = sync::lock(&ONE_AT_A_TIME);
        let start = Instant::now();
        let ran = apart::run(&argv, &self.cwd, &self.environment, bound);
        drop(turn);
        let ran = ran.map_err(|error| not_started(&shown, &error))?;
        match ran.status {
            Err(why) => {
                let unanswered = Unanswered { command: shown, why, after: start.elapsed() };
                Err(Trouble::Late(unanswered.to_string()))
            }
            Ok(status) if status.success() => Ok(ran.stdout),
            Ok(status) => {
                let said = complaint(&ran.stderr).or_else(|| complaint(&ran.stdout));
                let text =
                    format!("`{shown}` failed ({status}): {}", said.unwrap_or_default().trim());
                // What a shell or env says when the program behind a script is not there.
                let missing = matches!(status.code(), Some(126 | 127));
                Err(if missing { Trouble::Missing(text) } else { Trouble::Failed(text) })
            }
        }
    }

    /// The apps of its daemon.
    ///
    /// # Errors
    /// See [`Trouble`].
    pub fn apps(&self, bound: &Bound) -> Result<Vec<App>, Trouble> {
        let listed = self.call(&["-s", "jlist"], bound)?;
        app::read_list(&listed)
            .ok_or_else(|| Trouble::Failed("the list of `pm2 jlist` cannot be read".to_owned()))
    }
}

fn not_started(shown: &str, error: &io::Error) -> Trouble {
    let text = format!("`{shown}` cannot be started: {error}");
    match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::PermissionDenied => Trouble::Missing(text),
        _ => Trouble::Failed(text),
    }
}

/// The call as a person would write it: where pm2 lies is of no interest.
fn shown(argv: &[String], own: usize) -> String {
    let program = argv.get(own.saturating_sub(1)).map_or("pm2", |word| word.as_str());
    let name = Utf8Path::new(program).file_name().unwrap_or(program);
    [&[name.to_owned()], argv.get(own..).unwrap_or_default()].concat().join(" ")
}

/// `text` without the colours of a terminal.
fn plain(text: &str) -> String {
    let mut parts = text.split("\u{1b}[");
    let first = parts.next().unwrap_or_default().to_owned();
    let end = |part: &str| part.find(|c: char| c.is_ascii_alphabetic()).map_or(0, |at| at + 1);
    parts.fold(first, |plain, part| plain + &part[end(part)..])
}

/// The lines that name an error, else the last ones; a table of apps is no complaint.
fn complaint(said: &str) -> Option<String> {
    const LINES: usize = 3;
    let said = plain(said);
    let lines: Vec<&str> = said.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let named: Vec<&str> = lines.iter().copied().filter(|line| line.contains("rror")).collect();
    let chosen = if named.is_empty() { lines } else { named };
    let last = chosen.len().saturating_sub(LINES);
    Some(chosen[last..].join("; ")).filter(|text| !text.is_empty())
}

/// Takes away what leads to another daemon, and what a pm2 gave to this very process: it would take
/// that for what it is asked to start.
fn forget_others(environment: &mut Environment) {
    const OF_ITS_APPS: [&str; 34] = [
        "name",
        "status",
        "args",
        "env",
        "node_args",
        "exec_mode",
        "exec_interpreter",
        "instances",
        "instance_var",
        "restart_time",
        "unstable_restarts",
        "created_at",
        "unique_id",
        "vizion",
        "vizion_running",
        "pmx",
        "automation",
        "treekill",
        "username",
        "windowsHide",
        "namespace",
        "kill_retry_time",
        "km_link",
        "watch",
        "autostart",
        "autorestart",
        "merge_logs",
        "version",
        "max_restarts",
        "min_uptime",
        "kill_timeout",
        "restart_delay",
        "cwd",
        "script",
    ];
    let below_pm2 = environment.get("pm_id").is_some();
    let of_others = |key: &str| {
        let node = matches!(
            key,
            "NODE_CHANNEL_FD" | "NODE_CHANNEL_SERIALIZATION_MODE" | "NODE_UNIQUE_ID" | "_"
        );
        let app = below_pm2
            && (OF_ITS_APPS.contains(&key)
                || key.starts_with("axm_")
                || key == "NODE_APP_INSTANCE");
        let daemon = ["PM2_", "pm_", "KEYMETRICS_"].iter().any(|prefix| key.starts_with(prefix));
        node || app || daemon || key == "OVER_HOME"
    };
    let keys: Vec<String> = environment
        .iter()
        .filter(|(key, variable)| variable.origin == Origin::Inherited && of_others(key))
        .map(|(key, _)| key.to_owned())
        .collect();
    keys.iter().for_each(|key| environment.remove(key));
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const SOON: Duration = Duration::from_secs(20);

    fn standing_in(script: &str) -> Pm2 {
        let command = ["sh", "-c", script, "pm2"].map(str::to_owned).to_vec();
        Pm2 { command, environment: Environment::inherited(), cwd: "/".into() }
    }

    #[test]
    fn each_kind_of_trouble_is_told_from_the_others() {
        let call =
            |script: &str, deadline| standing_in(script).call(&["ping"], &Bound::within(deadline));
        assert_eq!(call("echo $1", SOON), Ok("ping\n".to_owned()));
        let failed = call(
            "echo a table; printf '\\033[31m[PM2][ERROR]\\033[39m no script\\n' >&2; exit 1",
            SOON,
        );
        let Err(Trouble::Failed(text)) = failed else { panic!("{failed:?}") };
        assert!(text.ends_with("[PM2][ERROR] no script"), "{text}");
        assert!(matches!(call("exit 127", SOON), Err(Trouble::Missing(_))));
        assert!(matches!(call("sleep 30.1", Duration::from_millis(50)), Err(Trouble::Late(_))));
        let nowhere = Pm2 { command: vec!["/no/pm2".into()], ..standing_in("") };
        let missing = nowhere.call(&["ping"], &Bound::within(SOON));
        assert!(matches!(missing, Err(Trouble::Missing(_))));
    }

    #[test]
    fn what_leads_to_another_daemon_is_left_out() {
        let mut environment = Environment::default();
        for key in ["PM2_DAEMON_RPC_PORT", "PM2_LOG_FILE_PATH", "OVER_HOME", "pm_id", "status"] {
            environment.set(key, "of the user", Origin::Inherited);
        }
        environment.set("PM2_HOME", "/ours", Origin::Run);
        environment.set("PM2", "/bin/pm2", Origin::Inherited);
        let pm2 = Pm2::of_run(vec!["pm2".into()], &environment, Utf8Path::new("/"));
        let left: Vec<&str> = pm2.environment.iter().map(|(key, _)| key).collect();
        let own = ["PM2_DISABLE_VERSION_CHECK", "PM2_DISCRETE_MODE", "PM2_HOME"];
        assert_eq!(left, [&["PM2"], &own[..], &["PM2_NO_INTERACTION"]].concat());
    }
}
