//! The run with one of several agents: a process of its own, which does what it does without the others.

use std::time::Duration;

use camino::Utf8PathBuf;
use smoke_agents::agent::Agent;
use smoke_core::cause::{Cause, Code};
use smoke_core::command::{Command, End, Limits, Observer, Progress, run as run_command};
use smoke_core::output::Stream;
use smoke_core::stop::Stop;
use smoke_core::sweep::Graces;
use smoke_record::across::Ended;
use smoke_record::ci;
use smoke_record::report::words::time;

use crate::cli::smoke::SmokeArgs;
use crate::smoke::environment;

/// How it ended, on one line.
pub fn line(ended: &Ended) -> String {
    let took = ended.record.as_ref().map(|record| format!(" in {}", time(record.duration_ms)));
    let how = match (ended.exit_code, ended.cause()) {
        (0, _) => "passed".to_owned(),
        (_, Some(cause)) => format!("FAILED [{}]: {}", cause.code.as_str(), cause.summary),
        (code, None) => format!("FAILED with exit code {code}: {}", ended.said),
    };
    format!("  {:<14}{how}{}", ended.agent.name, took.unwrap_or_default())
}

/// Runs with `agent`, to the end.
pub fn run(args: &SmokeArgs, agent: &'static Agent, stop: &Stop) -> Ended {
    let mut heard = Heard::default();
    let exit_code = start(args, agent, stop, &mut heard).unwrap_or_else(|cause| {
        heard.stderr = cause.summary.clone().into_bytes();
        cause.exit_code()
    });
    let record = serde_json::from_slice(&heard.stdout).ok();
    let said = String::from_utf8_lossy(&heard.stderr);
    let said =
        said.lines().rev().find(|line| line.contains("error")).unwrap_or_default().to_owned();
    Ended { agent, exit_code, record, said }
}

fn start(
    args: &SmokeArgs,
    agent: &'static Agent,
    stop: &Stop,
    heard: &mut Heard,
) -> Result<u8, Cause> {
    /// Longer than all steps together may take.
    const LONGEST: Duration = Duration::from_secs(6 * 3600);
    let internal = |error: String| Cause::new(Code::Internal, error, "run it with one agent");
    let program = std::env::current_exe().map_err(|error| internal(error.to_string()))?;
    let folder = std::env::current_dir().map_err(|error| internal(error.to_string()))?;
    let cwd = Utf8PathBuf::from_path_buf(folder).map_err(|path| internal(format!("{path:?}")))?;
    let given: Vec<String> = std::env::args().skip(1).collect();
    let mut argv = vec![program.to_string_lossy().into_owned()];
    argv.extend(without_who(given));
    argv.extend(["--agent", agent.name, "--format", "json"].map(str::to_owned));
    if !args.run.output.quiet && !args.run.output.verbose {
        argv.push("--quiet".to_owned());
    }
    // It ends what it has started by itself, which takes its time.
    let graces = Graces {
        int: Duration::from_secs(60),
        term: Duration::from_secs(20),
        kill: Duration::from_secs(5),
    };
    let limits = Limits { graces, ..Limits::within(LONGEST) };
    let mut environment = environment()?;
    // All of them together have one summary, and one set of values for what follows.
    ci::FILES.iter().for_each(|name| environment.remove(name));
    let command = Command { argv, cwd, environment, limits };
    let outcome =
        run_command(&command, stop, heard).map_err(|error| internal(error.to_string()))?;
    Ok(outcome.status.and_then(|status| status.code()).map_or(1, |code| code as u8))
}

/// The arguments without those that say which agents, and in which form.
fn without_who(given: Vec<String>) -> Vec<String> {
    let mut kept = Vec::new();
    let mut words = given.into_iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "--agent" | "--format" => drop(words.next()),
            _ if word.starts_with("--agent=") || word.starts_with("--format=") => {}
            _ => kept.push(word),
        }
    }
    kept
}

/// What it printed; of what it said to people the beginning.
#[derive(Default)]
struct Heard {
    stdout: Vec<u8>,
    stderr: Vec<u8>,
}

impl Observer for Heard {
    fn output(&mut self, stream: Stream, bytes: &[u8]) -> Progress {
        const MOST: usize = 64 << 20;
        let into = match stream {
            Stream::Stdout => &mut self.stdout,
            Stream::Stderr => &mut self.stderr,
        };
        let room = MOST.saturating_sub(into.len());
        into.extend_from_slice(&bytes[..bytes.len().min(room)]);
        Progress::Made
    }

    fn nearly(&mut self) {}

    fn stalled(&mut self, _: End) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_of_several_says_the_same_to_each() {
        let given = "smoke --agent all --source ../x --format=json --agent=codex,pi --cold";
        let words = given.split(' ').map(str::to_owned).collect();
        assert_eq!(without_who(words).join(" "), "smoke --source ../x --cold");
    }
}
