//! The apps that are started beside the gateway.

use std::time::Duration;

use smoke_core::cause::{Cause, Code};
use smoke_core::wait;
use smoke_record::verdict::LINES_SHOWN;

use super::call::bound;
use crate::pm2::{App, Pm2};
use crate::roles::supervisor::logs;
use crate::step::Step;

/// An app that does not run as it should.
pub struct Down {
    app: App,
    why: String,
}

/// The first app of `names` that crashed for good, or does so again and again. One that is done, or that
/// runs at last, is none.
pub fn down(pm2: &Pm2, names: &[String], step: &Step) -> Option<Down> {
    let others = || -> Vec<App> {
        let apps = pm2.apps(&bound(step)).unwrap_or_default();
        apps.into_iter().filter(|app| names.contains(&app.name)).collect()
    };
    let first = others();
    if let Some(down) = first.iter().find_map(given_up) {
        return Some(down);
    }
    if first.iter().all(|app| app.restarts == 0) || !wait::sleep(LOOK_AGAIN, step.stop()) {
        return None;
    }
    let now = others();
    now.iter().find_map(|app| given_up(app).or_else(|| again(app, &first)))
}

/// Longer than an app lives that crashes at its start, and shorter than anybody would mind.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

fn given_up(app: &App) -> Option<Down> {
    let is_down = match app.status.as_str() {
        "errored" => true,
        "stopped" | "waiting restart" => failed(app),
        _ => false,
    };
    let why = || format!("it is {}, after {} restarts", app.status, app.restarts);
    is_down.then(|| Down { app: app.clone(), why: why() })
}

fn failed(app: &App) -> bool {
    app.exit_code.is_some_and(|code| code != 0)
}

/// Whether it was started again since the `first` look.
fn again(app: &App, first: &[App]) -> Option<Down> {
    let of_app = first.iter().filter(|was| was.name == app.name);
    let before = of_app.map(|was| was.restarts).max().unwrap_or(0);
    let crashes = before > 0 && app.restarts > before && failed(app);
    crashes.then(|| Down {
        app: app.clone(),
        why: format!("it was started {} times", app.restarts + 1),
    })
}

impl Down {
    /// Says so, with the app's last words.
    pub fn cause(self, next: String) -> Cause {
        let Self { app, why } = self;
        let code = app.exit_code.map(|code| format!(" (exit code {code})")).unwrap_or_default();
        let summary = format!("the app `{}` beside the gateway crashes: {why}{code}", app.name);
        let (_, said) = logs::last_words_of(&app.logs, LINES_SHOWN);
        Cause::new(Code::GatewayCrashed, summary, next).evidence(said)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn app(status: &str, restarts: usize, exit_code: Option<i64>) -> App {
        App { name: "worker".into(), status: status.into(), restarts, exit_code, ..App::default() }
    }

    #[test]
    fn one_that_crashes_is_told_from_one_that_is_done_or_runs_at_last() {
        assert!(given_up(&app("errored", 16, Some(1))).is_some());
        assert!(given_up(&app("stopped", 0, Some(1))).is_some());
        assert!(given_up(&app("stopped", 0, Some(0))).is_none());
        assert!(given_up(&app("online", 4, Some(1))).is_none());
        assert!(given_up(&app("waiting restart", 1, Some(1))).is_some());
        let first = [app("online", 4, Some(1))];
        assert!(again(&app("online", 6, Some(1)), &first).is_some());
        assert!(again(&app("online", 4, Some(1)), &first).is_none());
        assert!(again(&app("online", 6, Some(0)), &first).is_none());
        assert!(again(&app("online", 1, None), &[app("online", 0, None)]).is_none());
    }
}
