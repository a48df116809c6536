//! The commands of a step: run within its deadline, into its log, and looked at for what they leave.

use camino::Utf8Path;
use smoke_core::cause::{Cause, Code};
use smoke_core::command::{self, Command, End, Limits, Observer, Progress};
use smoke_core::environment::{Environment, Origin};
use smoke_core::output::Stream;
use smoke_core::silence::Quiet;
use smoke_core::text::shown;
use smoke_record::event::Event;

use super::Step;
use crate::step::leaks;
use crate::step::output::{Output, Printed};
use crate::unstartable::{self, Unstartable};

/// A command that exited by itself.
#[derive(Debug)]
pub struct Ran {
    /// Whether with status 0.
    pub success: bool,
    /// Its status in words.
    pub status: String,
    /// What it printed, as far as it is kept.
    pub printed: Printed,
}

/// A command that is over, as far as this run can see to it.
#[derive(Debug)]
pub struct Over {
    /// How it ended.
    pub outcome: command::Outcome,
    /// What still holds its output and cannot be ended, because it is not of this run.
    pub held: Option<Vec<String>>,
}

impl Step {
    /// Runs a command to its end within what is left of the deadline. Its output goes to the log;
    /// what it printed is returned, with whether it exited with status 0.
    ///
    /// # Errors
    /// It cannot be started (with `code` where the repository is at fault), took too long, was silent for too long, or was told to stop.
    pub fn run(
        &self,
        argv: &[String],
        cwd: &Utf8Path,
        environment: &Environment,
        code: Code,
    ) -> Result<Ran, Cause> {
        let limits = Limits { progress: self.heartbeat, work: true, ..Limits::within(self.left()) };
        let (cwd, environment) = (cwd.to_owned(), environment.clone());
        let mut output = Output::new(self);
        let command = Command { argv: argv.to_vec(), cwd, environment, limits };
        let over = self.observe(command, &mut |stream, bytes| output.take(stream, bytes));
        let Over { outcome, held } = over.map_err(|unstarted| unstarted.cause(code))?;
        output.finish();
        let status = in_words(&outcome);
        self.log(&format!("{status} after {:.3} s", outcome.elapsed.as_secs_f64()));
        let ran = Ran { success: outcome.success(), status, printed: output.printed() };
        match outcome.end {
            End::Exited => match held {
                Some(holders) if ran.success => Err(self.held(argv, holders)),
                _ => Ok(ran),
            },
            end => Err(self.ended(end, argv, &ran.printed)),
        }
    }

    /// Runs a command, and reports what it leaves behind. `take` gets what it prints, and says whether
    /// anything moved.
    ///
    /// # Errors
    /// It cannot be started.
    pub fn observe(
        &self,
        mut command: Command,
        take: &mut dyn FnMut(Stream, &[u8]) -> Progress,
    ) -> Result<Over, Unstartable> {
        self.ask_version(&command.argv, &command.cwd, &command.environment);
        command.environment.set(leaks::STEP, &self.id, Origin::Run);
        self.log(&format!("$ {}", shown(&command.argv)));
        let outcome =
            command::run(&command, &self.stop, &mut Follower { step: self, take, said: None });
        let Command { argv, cwd, environment, .. } = &command;
        let outcome = outcome.map_err(|error| {
            unstartable::explain(argv, cwd, &self.subject.workspace, environment, &error)
        })?;
        let leaks = leaks::find(&outcome, &self.id, &self.subject);
        let held = leaks::held(&outcome, &leaks, &self.subject);
        leaks.into_iter().for_each(|leak| self.emit(Event::LeakFound(leak)));
        Ok(Over { outcome, held })
    }

    /// Runs a command that must succeed; if it does not, that is the cause with `code`.
    ///
    /// # Errors
    /// As [`Step::run`], and when it exits with another status than 0.
    pub fn check(
        &self,
        argv: &[String],
        cwd: &Utf8Path,
        environment: &Environment,
        code: Code,
    ) -> Result<Ran, Cause> {
        let ran = self.run(argv, cwd, environment, code)?;
        if ran.success {
            return Ok(ran);
        }
        Err(self.failed(argv, &ran, code))
    }

    /// The cause with `code` of a command that exited with another status than 0.
    pub fn failed(&self, argv: &[String], ran: &Ran, code: Code) -> Cause {
        let summary = format!("`{}` failed ({})", shown(argv), ran.status);
        Cause::new(code, summary, self.read_log(&self.id)).evidence(ran.printed.failure.clone())
    }

    fn held(&self, argv: &[String], holders: Vec<String>) -> Cause {
        let summary = format!(
            "`{}` has exited, and a process that is not of this run still holds its output",
            shown(argv)
        );
        let next = "end that process, or start it with its output closed";
        Cause::new(Code::PipeHeld, summary, next).evidence(holders)
    }

    /// The cause of a command that was ended, with the last lines that it printed.
    pub fn ended(&self, end: End, argv: &[String], printed: &Printed) -> Cause {
        let what = format!("`{}`", shown(argv));
        let cause = match end {
            End::Stopped => self.interrupted(),
            End::NoProgress => {
                let silent = self.heartbeat.unwrap_or_default();
                let summary = match printed.repeats {
                    true => format!("{what} printed nothing new for {silent:?}"),
                    false => format!("{what} printed, computed and wrote nothing for {silent:?}"),
                };
                Cause::new(Code::NoProgress, summary, self.read_log(&self.id))
            }
            End::Deadline | End::Exited => self.late(&what),
        };
        cause.evidence(printed.last.clone())
    }
}

/// Who follows a command of a step.
struct Follower<'a> {
    step: &'a Step,
    take: &'a mut dyn FnMut(Stream, &[u8]) -> Progress,
    /// What was said last, before it became quiet.
    said: Option<String>,
}

impl Observer for Follower<'_> {
    fn output(&mut self, stream: Stream, bytes: &[u8]) -> Progress {
        self.said = None;
        (self.take)(stream, bytes)
    }

    fn quiet(&mut self, quiet: &Quiet) {
        let said = self.said.get_or_insert_with(|| self.step.said_last());
        self.step.is_quiet(quiet, said);
    }

    fn nearly(&mut self) {
        self.step.foresee();
    }

    fn stalled(&mut self, end: End) {
        self.step.stalled(end);
    }
}

/// How a command ended, in words.
pub fn in_words(outcome: &command::Outcome) -> String {
    outcome.status.map_or_else(|| "it lives on".to_owned(), |status| status.to_string())
}
