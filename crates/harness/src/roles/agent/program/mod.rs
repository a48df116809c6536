//! The program of an agent, with the model of the developer's login or with a scripted one.

pub mod ask;
mod ending;
mod find;
mod home;
mod language;
mod logs;
mod session;

use std::io::Write;
use std::time::Instant;

use camino::Utf8PathBuf;
use serde_json::Value;
use smoke_agents::agent::CODEX;
use smoke_agents::codex::{config, login, users_home};
use smoke_agents::model::{Listed, Offer, Script, ScriptedModel};
use smoke_agents::recipe::{Access, Model, Prepared, Recipe, Wanted};
use smoke_agents::stream::Reader;
use smoke_agents::transcript::{self, Expectation, Miss};
use smoke_core::cause::{Cause, Code};
use smoke_core::command::Command;
use smoke_core::environment::{Environment, Origin};
use smoke_mcp::Spoken;
use smoke_mcp::endpoint::{self, Endpoint};
use smoke_record::options::ModelKind;
use smoke_record::profile::{CallSpec, StageSpec};

use super::{Agent, Played};
use crate::context::Context;
use crate::manual;
use crate::roles::gateway;
use crate::step::Step;
use session::Session;

/// The program of a run's agent.
pub struct Program<'a> {
    context: &'a Context,
    recipe: &'static Recipe,
}

/// What has come of a stage so far.
struct Progress {
    played: Played,
    reader: Reader,
    /// The call at which the scripted model stopped in the last session.
    stopped_at: Option<usize>,
    /// Whether the gateway speaks the stateless version only.
    stateless: bool,
}

impl Progress {
    /// Whether no tool of the stack was offered, and so none called.
    fn has_seen_nothing(&self) -> bool {
        let calls = &self.reader.transcript().calls;
        calls.is_empty() && self.played.offered.as_ref().is_some_and(Vec::is_empty)
    }
}

impl<'a> Program<'a> {
    /// The one that is driven by `recipe`.
    pub fn new(context: &'a Context, recipe: &'static Recipe) -> Self {
        Self { context, recipe }
    }

    /// Plays all calls, in as many sessions as it takes. Many agents learn which tools there are when a
    /// session starts: one that a call of the stage has brought can be called in the next session.
    fn sessions(
        &self,
        stage: &StageSpec,
        out: &mut dyn Write,
        step: &Step,
        progress: &mut Progress,
    ) -> Result<(), Cause> {
        let endpoint = gateway::endpoint(self.context)?;
        let (mut first, mut again) = (0, self.recipe.is_hasty);
        loop {
            let (before, spoken) = self.known(&endpoint, step);
            if self.recipe.agent == &CODEX {
                let installation = ask::installation(self.context, self.recipe, step)?;
                progress.stateless = language::check(installation, spoken.as_ref())?;
            }
            self.session(stage, first, out, step, progress)?;
            if std::mem::take(&mut again) && progress.has_seen_nothing() {
                let title = self.recipe.form.author.title;
                step.note(format!(
                    "{title} asked its model before it knew the stack's tools; it begins once more"
                ));
                progress.played.offered = None;
                continue;
            }
            // Some gateways take seconds to list their tools: a stage that is done does not ask.
            let now = || self.listed(&endpoint, step).0;
            match self.next(stage, first, &before, now, progress) {
                Some(next) => first = next,
                None => return Ok(()),
            }
            let title = self.recipe.form.author.title;
            step.note(format!("call {} needs a new session of {title}", first + 1));
        }
    }

    /// The names of the tools that the gateway lists, and how it speaks, as it was asked last.
    fn known(&self, endpoint: &Endpoint, step: &Step) -> (Vec<String>, Option<Spoken>) {
        let last =
            gateway::last_listed(self.context).map(|last| (names(&last.tools), Some(last.spoken)));
        last.unwrap_or_else(|| self.listed(endpoint, step))
    }

    /// The same, asked now; none if it does not answer.
    fn listed(&self, endpoint: &Endpoint, step: &Step) -> (Vec<String>, Option<Spoken>) {
        let listed = gateway::list_tools(self.context, endpoint, step.left(), step.stop());
        listed.map_or((Vec::new(), None), |listed| (names(&listed.tools), Some(listed.spoken)))
    }

    /// The call to go on with in another session: one that was not made, of a tool that has come
    /// since, or one after the call that the scripted model could not make.
    fn next(
        &self,
        stage: &StageSpec,
        first: usize,
        before: &[String],
        now: impl FnOnce() -> Vec<String>,
        progress: &Progress,
    ) -> Option<usize> {
        let verdicts = transcript::hold(&expectations(stage), &progress.reader.transcript().calls);
        let may = |at: &usize| {
            let has_not_been = !before.contains(&stage.calls[*at].tool);
            let passed_over = progress.stopped_at.is_some_and(|stopped| *at > stopped);
            verdicts[*at].miss == Some(Miss::Tool) && (has_not_been || passed_over)
        };
        let mut waiting = (first + 1..stage.calls.len()).filter(may).peekable();
        waiting.peek()?;
        let now = now();
        waiting.find(|at| now.contains(&stage.calls[*at].tool))
    }

    fn session(
        &self,
        stage: &StageSpec,
        first: usize,
        out: &mut dyn Write,
        step: &Step,
        progress: &mut Progress,
    ) -> Result<(), Cause> {
        let model = self.model(&stage.calls[first..])?;
        let Prepared { files, variables, argv } =
            self.prepared(stage, first, model.as_ref(), (progress.stateless, step))?;
        let home = self.home();
        home::write(&home, &files)?;
        let (cwd, environment) =
            (self.context.paths.client_repo.clone(), self.environment(variables));
        let mut session =
            Session::new(self.context, (self.recipe, stage), step, out, &mut progress.reader);
        let begin = Instant::now();
        let command = Command { argv, cwd, environment, limits: session.limits() };
        let over = step.observe(command, &mut |stream, bytes| session.take(stream, bytes));
        let over = over.map_err(|unstarted| unstarted.cause(Code::AgentMissing))?;
        let end = session.finish(over.outcome)?;
        progress.played.complaints.clone_from(&end.complaints);
        let server = &self.context.profile.gateway.server;
        progress.played.complaints.extend(logs::about(&home, self.recipe.logs, server));
        if let Some(model) = &model {
            let requests = model.requests();
            progress.stopped_at = requests.stopped_at.map(|at| first + at);
            // What is offered behind another tool is not seen.
            let seen = requests.first_asked.filter(|_| self.recipe.detour.is_none());
            add(&mut progress.played.offered, requests.offered.or(seen.map(|_| Vec::new())));
            if let Some(at) = requests.first_asked {
                *progress.played.connected_after.get_or_insert_default() += at - begin;
            }
            progress.played.complaints.extend(requests.problem);
        }
        let of = (self.recipe, stage);
        match ending::failure(self.context, of, step, &end, progress.reader.transcript()) {
            Some(cause) => Err(cause),
            None => Ok(()),
        }
    }

    /// The home of the agent in this run.
    fn home(&self) -> Utf8PathBuf {
        home::of(self.context, self.recipe)
    }

    fn model(&self, calls: &[CallSpec]) -> Result<Option<ScriptedModel>, Cause> {
        if self.context.options.roles.model == ModelKind::Live {
            return Ok(None);
        }
        let calls = calls.iter().map(|call| (call.tool.clone(), call.arguments.clone())).collect();
        let server = self.context.profile.gateway.server.clone();
        let last = gateway::last_listed(self.context).map(|last| listed(&last.tools));
        let (listed, detour) = (last.unwrap_or_default(), self.recipe.detour);
        let pause = self.recipe.pause;
        let started = ScriptedModel::start(Script { server, calls, listed, detour, pause });
        started.map(Some).map_err(|error| {
            let summary = format!("cannot start the scripted model: {error}");
            Cause::new(Code::PrerequisiteMissing, summary, "see that loopback ports can be opened")
        })
    }

    fn prepared(
        &self,
        stage: &StageSpec,
        first: usize,
        model: Option<&ScriptedModel>,
        (stateless, step): (bool, &Step),
    ) -> Result<Prepared, Cause> {
        let prompt = match first {
            0 => manual::prompt(stage),
            _ => manual::prompt_for(&stage.calls[first..]),
        };
        let address = model.map(|model| (model.address(), key()));
        let (home, endpoint) = (self.home(), gateway::endpoint(self.context)?);
        let wanted = Wanted {
            home: &home,
            folder: &self.context.paths.client_repo,
            prompt: &prompt,
            server: &self.context.profile.gateway.server,
            endpoint: &endpoint,
            stateless,
            tool_timeout_s: config::TOOL_TIMEOUT_S.min(step.budget().as_secs().max(1)),
            model: match &address {
                Some((address, key)) => Model::Scripted(Access { address, key }),
                None if self.has_own_model() => Model::LiveAsConfigured,
                None => Model::Live,
            },
        };
        let installation = ask::installation(self.context, self.recipe, step)?;
        Ok((self.recipe.prepare)(installation, &wanted))
    }

    fn has_own_model(&self) -> bool {
        if self.recipe.agent != &CODEX {
            return false;
        }
        let home =
            users_home(self.context.options.parts.codex_home.as_deref(), &self.context.environment);
        home.is_some_and(|home| !login::model_settings(&home).is_empty())
    }

    /// No proxy stands between an agent and this machine; a scripted model needs no key.
    fn environment(&self, variables: Vec<(String, String)>) -> Environment {
        let mut environment = home::environment(self.context, self.recipe);
        for (key, value) in variables {
            environment.set(&key, value, Origin::Run);
        }
        for key in ["NO_PROXY", "no_proxy"] {
            let known = environment.get(key).map(|known| format!("{known},")).unwrap_or_default();
            environment.set(key, format!("{known}127.0.0.1,localhost"), Origin::Run);
        }
        environment
    }
}

/// A key that no output has by chance: some agents hide theirs wherever it stands.
fn key() -> String {
    format!("smoke-{:032x}", fastrand::u128(..))
}

fn listed(tools: &[Value]) -> Vec<Listed> {
    let text = |tool: &Value, key: &str| tool[key].as_str().unwrap_or_default().to_owned();
    let tools = tools.iter();
    tools
        .map(|tool| Listed { name: text(tool, "name"), description: text(tool, "description") })
        .collect()
}

impl Agent for Program<'_> {
    fn play(&self, stage: &StageSpec, transcript: &mut dyn Write, step: &Step) -> Played {
        if stage.calls.is_empty() {
            return Played::default();
        }
        let expectations = expectations(stage);
        let mut progress = Progress {
            played: Played::default(),
            reader: Reader::of(std::slice::from_ref(&self.recipe.form)).expecting(&expectations),
            stopped_at: None,
            stateless: false,
        };
        let failed = self.sessions(stage, transcript, step, &mut progress).err();
        if self.context.options.roles.model == ModelKind::Live {
            home::note_renewal(self.context, self.recipe, step);
        }
        Played { failed, ..progress.played }
    }
}

fn expectations(stage: &StageSpec) -> Vec<Expectation> {
    stage.calls.iter().map(|call| call.expectation.clone()).collect()
}

fn names(tools: &[Value]) -> Vec<String> {
    endpoint::names(tools).into_iter().map(str::to_owned).collect()
}

/// What one session saw offered is what the next one may not see any more.
fn add(known: &mut Option<Vec<Offer>>, seen: Option<Vec<Offer>>) {
    let Some(seen) = seen else { return };
    let known = known.get_or_insert_default();
    for offer in seen {
        if !known.iter().any(|old| old.tool == offer.tool) {
            known.push(offer);
        }
    }
}
