//! The state of a run's pm2, kept in the workspace for the steps to come and for a resume.

use camino::Utf8PathBuf;
use serde::{Deserialize, Serialize};
use smoke_core::files::{self, PRIVATE};
use smoke_core::process;

use super::call::processes;
use crate::context::Context;
use crate::pm2::App;
use crate::roles::supervisor::role::Status;

/// What a run knows of its pm2.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// The daemon.
    pub daemon: Option<i32>,
    /// Whether nothing was started on that daemon yet.
    pub unused: bool,
    /// Whether the daemon was started a second time because it lost its pipe.
    pub recovered: bool,
    /// The app that is the gateway.
    pub app: String,
    /// The processes of that app, with the moments they started at.
    pub seen: Vec<(i32, u64)>,
    /// How often the app was started.
    pub starts: usize,
    /// How it ended last.
    pub last_exit: Option<String>,
    /// Why it will not be started again, or not before long.
    pub given_up: Option<String>,
}

/// Nobody waits this long, in milliseconds, for a gateway that crashed at once.
const LONG: u64 = 1000;

impl State {
    /// What was known last.
    pub fn load(context: &Context) -> Self {
        let text = files::read_to_string(&path(context)).unwrap_or_default();
        serde_json::from_str(&text).unwrap_or_default()
    }

    /// Keeps it. What cannot be kept is asked of pm2 again.
    pub fn save(&self, context: &Context) {
        let text = serde_json::to_vec_pretty(self).unwrap_or_default();
        let _ = files::replace(&path(context), &text, PRIVATE);
    }

    /// Whether all processes of the app are those that were seen last.
    pub fn is_as_seen(&self) -> bool {
        let lives = |(pid, started): &(i32, u64)| {
            process::find(*pid).is_some_and(|p| p.started == *started && p.is_live())
        };
        !self.seen.is_empty() && self.seen.iter().all(lives)
    }

    /// With what pm2 says of its apps now.
    pub fn updated(mut self, apps: &[App]) -> Self {
        self.seen = processes(apps, &self.app).iter().map(|p| (p.pid, p.started)).collect();
        let own: Vec<&App> = apps.iter().filter(|app| app.name == self.app).collect();
        let restarts = own.iter().map(|app| app.restarts).max().unwrap_or(0);
        let ended = own.iter().find(|app| app.status != "online" || app.restarts > 0);
        self.starts = restarts + 1;
        self.last_exit = ended.map(|app| exit(app)).or(self.last_exit);
        self.given_up = match own.iter().find_map(|app| given_up(app)) {
            None if own.is_empty() => Some(format!("pm2 has no app `{}` any more", self.app)),
            why => why,
        };
        self
    }

    /// With a daemon that is gone.
    pub fn without_daemon(self) -> Self {
        let pid = self.daemon.map_or_else(String::new, |pid| format!(" (pid {pid})"));
        let given_up = Some(format!("pm2's daemon{pid} is gone, and nobody would start it again"));
        Self { given_up, ..self }
    }

    /// With nothing left to run.
    pub fn ended(self) -> Self {
        Self { app: self.app, recovered: self.recovered, ..Self::default() }
    }

    /// The same, as every supervisor says it.
    pub fn status(&self) -> Status {
        Status {
            supervisor: self.daemon,
            gateway: self.seen.first().map(|(pid, _)| *pid),
            starts: self.starts,
            last_exit: self.last_exit.clone(),
            given_up: self.given_up.clone(),
        }
    }
}

fn exit(app: &App) -> String {
    app.exit_code.map_or_else(|| "no exit code".to_owned(), |code| format!("exit code {code}"))
}

/// Why an app that exited will not run again by itself, or not before long. `waiting restart` is
/// also what an app shows that is started again in a moment.
fn given_up(app: &App) -> Option<String> {
    let exit = exit(app);
    match app.status.as_str() {
        "errored" => Some(format!("pm2 gave it up after {} restarts ({exit})", app.restarts)),
        "stopped" => Some(format!("it exited, and pm2 does not start it again ({exit})")),
        "waiting restart" if app.restart_delay_ms >= LONG => Some(format!(
            "it exited ({exit}), and pm2 starts it again only after {} ms",
            app.restart_delay_ms
        )),
        _ => None,
    }
}

fn path(context: &Context) -> Utf8PathBuf {
    context.paths.workspace.join(".supervisor/pm2.json")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(status: &str, restarts: usize, restart_delay_ms: u64) -> Status {
        let name = "gateway".to_owned();
        let exit_code = Some(7);
        let status = status.to_owned();
        let app = App { name, status, restarts, restart_delay_ms, exit_code, ..App::default() };
        let state = State { app: "gateway".into(), ..State::default() };
        state.updated(&[app]).status()
    }

    #[test]
    fn the_record_of_pm2_says_whether_there_is_hope() {
        assert_eq!(said("online", 0, 0).verdict(), None);
        assert_eq!(said("waiting restart", 1, 200).verdict(), None);
        for (status, restarts, delay, expected) in [
            ("errored", 15, 0, "gave it up after 15 restarts (exit code 7)"),
            ("stopped", 0, 0, "does not start it again (exit code 7)"),
            ("waiting restart", 0, 2000, "only after 2000 ms"),
            ("online", 2, 0, "started 3 times, and exited again (exit code 7)"),
        ] {
            let verdict = said(status, restarts, delay).verdict().unwrap();
            assert!(verdict.contains(expected), "{verdict}");
        }
        let gone = State { app: "gateway".into(), ..State::default() }.updated(&[]);
        assert!(gone.status().verdict().unwrap().contains("no app `gateway`"));
        let alone = State { daemon: Some(7), ..State::default() }.without_daemon();
        assert!(alone.status().verdict().unwrap().contains("(pid 7) is gone"));
    }
}
