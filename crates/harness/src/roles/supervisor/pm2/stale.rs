//! Stale apps: pm2 goes on with old values unless an app is deleted.

use std::fmt;

use smoke_core::cause::{Cause, Code};
use smoke_core::environment::Origin;
use smoke_core::process::{self, Process};

use super::call::processes;
use super::ecosystem::Ecosystem;
use crate::context::Context;
use crate::pm2::{App, Pm2};

/// A value of the live process that is not the run's.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    app: String,
    pid: i32,
    key: String,
    expected: String,
    actual: Option<String>,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { app, pid, key, expected, actual } = self;
        let actual = actual.as_deref().unwrap_or("nothing");
        write!(f, "app {app} (pid {pid}) runs with {key} = {actual}, not {expected}")
    }
}

impl Difference {
    /// The cause, when starting the app anew did not help.
    pub fn cause(&self, pm2: &Pm2) -> Cause {
        let summary = format!("{self}, also after it was deleted and started anew");
        let next = format!("see what `{}` passes on to its daemon", pm2.command.join(" "));
        let evidence = [
            format!("key {}", self.key),
            format!("expected {}", self.expected),
            format!("actual {}", self.actual.as_deref().unwrap_or("nothing")),
        ];
        Cause::new(Code::StaleDaemon, summary, next).evidence(evidence)
    }
}

/// The first difference between what the gateway's processes have and what the run gave them. What
/// the ecosystem file itself sets is no sign of age: the audit judges it.
pub fn find(context: &Context, file: &Ecosystem, apps: &[App]) -> Option<Difference> {
    processes(apps, &file.gateway).into_iter().find_map(|process| {
        let app = apps.iter().find(|app| app.pid == Some(process.pid))?;
        let wrong = value(context, file, &process).or_else(|| arguments(file, app, &process));
        let (key, expected, actual) = wrong?;
        Some(Difference { app: app.name.clone(), pid: process.pid, key, expected, actual })
    })
}

type Wrong = (String, String, Option<String>);

fn value(context: &Context, file: &Ecosystem, process: &Process) -> Option<Wrong> {
    if file.filters {
        return None;
    }
    let found = process::environment(process.pid).filter(|found| !found.is_empty())?;
    let set = context.environment.iter().filter(|(key, variable)| {
        let ours = matches!(variable.origin, Origin::Run | Origin::Profile);
        ours && !file.sets.iter().any(|own| own == key)
    });
    set.into_iter().find_map(|(key, variable)| {
        let actual = found.iter().find(|(known, _)| known == key).map(|(_, value)| value);
        let shown = |value: &str| if variable.secret { "***".into() } else { value.to_owned() };
        let differs = actual != Some(&variable.value);
        differs.then(|| (key.to_owned(), shown(&variable.value), actual.map(|v| shown(v))))
    })
}

/// The arguments as pm2 has them on record, and as the process has them. A program that gives
/// itself another command line, or becomes another program, shows nothing of them.
fn arguments(file: &Ecosystem, app: &App, process: &Process) -> Option<Wrong> {
    let expected = file.args.as_ref()?.join(" ");
    let live = process.argv.iter().position(|word| *word == app.script);
    let live = live.map(|place| process.argv[place + 1..].join(" "));
    let wrong = [Some(app.args.join(" ")), live].into_iter().flatten().find(|a| *a != expected)?;
    Some(("arguments".to_owned(), expected, Some(wrong)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_arguments_are_seen_in_the_record_and_in_the_process() {
        let words = |line: &str| line.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let file = Ecosystem {
            path: "/e.json".into(),
            gateway: "g".into(),
            names: Vec::new(),
            args: Some(words("--config new")),
            sets: Vec::new(),
            filters: false,
        };
        let own = process::find(std::process::id() as i32).unwrap();
        for (record, live, actual) in [
            ("--config new", "/bin/g --config new", None),
            ("--config new", "python /bin/g --config new", None),
            ("--config new", "a title of its own", None),
            ("--config old", "/bin/g --config new", Some("--config old")),
            ("--config new", "/bin/g --config old", Some("--config old")),
        ] {
            let (script, args) = ("/bin/g".to_owned(), words(record));
            let app = App { script, args, ..App::default() };
            let process = Process { argv: words(live), ..own.clone() };
            let found = arguments(&file, &app, &process).and_then(|(_, _, actual)| actual);
            assert_eq!(found.as_deref(), actual, "{record} / {live}");
        }
    }
}
