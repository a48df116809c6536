//! The cause of an agent's session that could not do its work, from how it ended and what it complained of.
//!
//! A session that got as far as its calls is judged by them, whatever it exits with.

use smoke_agents::agent::CODEX;
use smoke_agents::recipe::Recipe;
use smoke_agents::transcript::{Observations, Transcript, login_trouble};
use smoke_core::cause::{Cause, Code};
use smoke_core::command::End;
use smoke_mcp::{endpoint, excerpt};
use smoke_record::profile::StageSpec;

use super::session::{SessionEnd, open_call};
use crate::context::Context;
use crate::roles::{gateway, supervisor};
use crate::step::Step;

/// The cause, if the session failed as a whole.
pub fn failure(
    context: &Context,
    (recipe, stage): (&Recipe, &StageSpec),
    step: &Step,
    end: &SessionEnd,
    transcript: &Transcript,
) -> Option<Cause> {
    let ended = Ended { recipe, stage, end, transcript };
    let cause = match end.why {
        End::Stopped => return Some(step.interrupted()),
        End::NoProgress | End::Deadline => ended.stalled(step),
        End::Exited if ended.is_rejection() => ended.rejected(),
        End::Exited if end.code != Some(0) && !end.spoke => ended.unstarted(context, step),
        End::Exited if end.code != Some(0) && transcript.end.is_none() => ended.broken_off(),
        End::Exited => return None,
    };
    let next = match cause.next.as_str() {
        "" => step.read_log(&format!("{}-{}", recipe.agent.name, stage.name)),
        next => next.to_owned(),
    };
    let cause =
        Cause { summary: format!("stage {}: {}", stage.name, cause.summary), next, ..cause };
    Some(cause.evidence(end.complaints.iter().map(|line| format!("stderr: {}", excerpt(line)))))
}

/// A session that is over, and what is known of it.
#[derive(Clone, Copy)]
struct Ended<'a> {
    recipe: &'a Recipe,
    stage: &'a StageSpec,
    end: &'a SessionEnd,
    transcript: &'a Transcript,
}

impl Ended<'_> {
    /// What the agent is called in sentences.
    fn title(self) -> &'static str {
        if self.recipe.agent == &CODEX { "codex" } else { self.recipe.form.author.title }
    }

    /// It said nothing new for too long, or did not end in time.
    fn stalled(self, step: &Step) -> Cause {
        if let Some(said) = self.login() {
            return self.auth(&said);
        }
        let (transcript, title) = (self.transcript, self.title());
        let (items, why) = (transcript.progress(), waited(step, self.end));
        let reconnects = transcript.transient_errors;
        if let (Some(last), false) = (&transcript.last_error, reconnects == 0) {
            let last = excerpt(last);
            let summary = format!(
                "{title} cannot reach its model: {why} after {items} items, {reconnects} errors, the last: {last}"
            );
            return Cause::new(Code::AgentHung, summary, "see whether the model can be reached");
        }
        if let Some(tool) = open_call(transcript) {
            let summary = format!("{tool} did not answer: {why} since it was called");
            return Cause::new(Code::AgentCallFailed, summary, "").timed_out();
        }
        let (made, all) = (transcript.calls.len(), self.stage.calls.len());
        let summary = format!("{title} hangs: {why} after {items} items, {made} calls of {all}");
        Cause::new(Code::AgentHung, summary, "")
    }

    /// Whether it says that its command line is wrong: not all have a status of their own for it.
    fn is_rejection(self) -> bool {
        const WORDS: [&str; 5] = [
            "unknown option",
            "unknown argument",
            "unrecognized argument",
            "unexpected argument",
            "too many arguments",
        ];
        let says = |line: &String| WORDS.iter().any(|words| line.to_lowercase().contains(words));
        let complains = !self.end.spoke && self.end.complaints.iter().any(says);
        (self.recipe.agent == &CODEX && self.end.code == Some(2))
            || (self.end.code != Some(0) && complains)
    }

    /// It says that it was called wrongly, though it was asked before what it takes.
    fn rejected(self) -> Cause {
        let said = first_line(self.end, "it said nothing");
        let (program, help) = (self.recipe.program, self.recipe.help.join(" "));
        let next = format!("{program} {help}; {program} --version");
        let summary = format!("{} rejects its command line: {said}", self.title());
        Cause::new(Code::AgentFlagRejected, summary, next)
    }

    /// It ended before its first event.
    fn unstarted(self, context: &Context, step: &Step) -> Cause {
        if let Some(said) = self.login() {
            return self.auth(&said);
        }
        let (said, title) = (first_line(self.end, "and said nothing"), self.title());
        let all = self.end.complaints.join("\n").to_lowercase();
        if all.contains("mcp") {
            return self.dropped(context, step, &said);
        }
        if all.contains("config") {
            let summary = format!("{title} does not take its config: {said}");
            return Cause::new(Code::AgentFlagRejected, summary, "");
        }
        let summary = format!("{title} ended before it began ({}): {said}", self.end.status);
        Cause::new(Code::AgentNoCalls, summary, "")
    }

    /// The stack, which it requires as a server, did not come up for it. Whether the stack is to blame
    /// shows when it is asked from here.
    fn dropped(self, context: &Context, step: &Step, said: &str) -> Cause {
        let (server, title) = (&context.profile.gateway.server, self.title());
        let asked = gateway::endpoint(context)
            .map(|endpoint| endpoint::list_tools(&endpoint, step.left(), step.stop()));
        if let Ok(Err(refusal)) = asked {
            let code = refusal.code();
            let summary = format!("{title} cannot use server {server}, because {refusal}");
            return Cause::new(code, summary, supervisor::read_logs(context));
        }
        let summary =
            format!("{title} cannot use server {server}, which answers otherwise: {said}");
        Cause::new(Code::AgentToolNotOffered, summary, "")
    }

    /// It ended before its turn did: somebody killed it, or it crashed.
    fn broken_off(self) -> Cause {
        let at = match open_call(self.transcript) {
            Some(tool) => format!("while {tool} was being called"),
            None => {
                let (made, all) = (self.transcript.calls.len(), self.stage.calls.len());
                format!("after {made} calls of {all}")
            }
        };
        let (title, status) = (self.title(), &self.end.status);
        let summary = format!("{title} ended in the middle of its turn ({status}), {at}");
        Cause::new(Code::AgentCrashed, summary, "")
    }

    fn login(self) -> Option<String> {
        let complaints = self.end.complaints.clone();
        login_trouble(self.transcript, &Observations { complaints, ..Observations::default() })
    }

    fn auth(self, said: &str) -> Cause {
        let (title, program) = (self.title(), self.recipe.program);
        let summary = format!("{title}'s login is not accepted: {}", excerpt(said));
        let next = match self.recipe.agent == &CODEX {
            true => "codex login, or set CODEX_API_KEY".to_owned(),
            false => format!("log in with {program}, or use --model scripted"),
        };
        Cause::new(Code::AgentAuth, summary, next)
    }
}

fn waited(step: &Step, end: &SessionEnd) -> String {
    match end.why {
        End::NoProgress => {
            format!("no new item for {:?}", step.heartbeat().unwrap_or_default())
        }
        _ => format!("the deadline of {:?} passed", step.budget()),
    }
}

fn first_line(end: &SessionEnd, none: &str) -> String {
    let line = end.complaints.iter().find(|line| line.to_lowercase().contains("error"));
    let line = line.or(end.complaints.last());
    line.map_or_else(|| none.to_owned(), |line| excerpt(line.trim_start_matches("Error: ")))
}
