//! `ready`: the gateway lists every expected tool, twice in a row.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::time::{Duration, Instant};

use serde_json::Value;
use smoke_core::process::{self, Process};
use smoke_core::stop::Stop;
use smoke_core::wait::{self, Attempt, Failure, GaveUp, Patience, Probe};

use crate::audit;
use crate::cause::{Cause, Code};
use crate::mcp::Refusal;
use crate::roles::gateway::{self, Endpoint};
use crate::roles::supervisor::{self, Supervisor};
use crate::run::context::Context;
use crate::run::event::Event;
use crate::run::lookout;
use crate::run::record::Gateway;
use crate::run::step::{Done, Step};
use crate::{servers, tail};

/// Between the two lists that must be complete.
const PAUSE: Duration = Duration::from_millis(40);
/// A gateway that answers for this long, but not as MCP, will not change its mind.
const SETTLED: Duration = Duration::from_secs(5);

/// How long a gateway that was started without the servers it fell over may take.
const AGAIN: Duration = Duration::from_secs(30);

/// Waits until the gateway is ready, starting it again as often as was asked for.
pub fn wait(context: &Context, step: &Step) -> Result<Done, Cause> {
    let supervisor = supervisor::of(context);
    let (mut attempts, seen) = (Cell::new(0), RefCell::default());
    let limits = &context.settings.args.limits;
    let patience = step.budget() / (limits.restart_retries as u32 + 1);
    for retry in 0..=limits.restart_retries {
        let waiting =
            Waiting { context, step, seen: &seen, attempts: &attempts, second_look: false };
        let mut waited = wait_once(&waiting, &*supervisor, patience.min(step.left()));
        if retry == limits.restart_retries {
            waited = waited.or_else(|cause| Err(understand(&waiting, &*supervisor, cause)?));
        }
        step.emit(Event::GatewaySeen(seen.borrow().clone()));
        match waited {
            Ok((tools, spoken)) => {
                step.note(format!("{tools} tools listed twice in a row, over {spoken}"));
                if context.has_gateway() {
                    audit::check(context, step)?;
                }
                return Ok(Done { attempts: *attempts.get_mut(), ..Done::ONCE });
            }
            Err(cause) if retry == limits.restart_retries || cause.code == Code::Interrupted => {
                return Err(cause);
            }
            Err(cause) => step.note(format!("{}; starting it once more", cause.summary)),
        }
        if context.has_gateway() {
            supervisor.stop();
            supervisor.start(step)?;
        }
    }
    Err(step.late("the gateway"))
}

/// Looks at the servers behind a gateway that does not serve what it should. One that fell over some
/// of them is started once more without these, to see what else is wrong.
fn understand(
    waiting: &Waiting,
    supervisor: &dyn Supervisor,
    cause: Cause,
) -> Result<Cause, Cause> {
    let Waiting { context, step, seen, .. } = waiting;
    if matches!(cause.code, Code::PortInUse | Code::Interrupted) || !context.has_gateway() {
        return Ok(cause);
    }
    if !waiting.has_looked() {
        waiting.look();
    }
    let known = seen.borrow().clone();
    let lines = servers::lines(&known);
    let explained = explained(cause, &known, lines);
    let down = servers::down(&known);
    let config = servers::config_file(context).filter(|_| !down.is_empty());
    if explained.code != Code::GatewayCrashed || down.len() == known.servers.len() {
        return Ok(explained);
    }
    let Some(config) = config else { return Ok(explained) };
    step.note(format!("once more without {}, to see what else is wrong", down.join(", ")));
    if servers::leave_out(&config, &down).is_err() {
        return Ok(explained);
    }
    supervisor.stop();
    supervisor.start(step)?;
    let second = Waiting { second_look: true, ..*waiting };
    let again = wait_once(&second, supervisor, AGAIN.min(step.left()));
    seen.borrow_mut().servers = known.servers;
    match again {
        Err(cause) if cause.code == Code::Interrupted => Err(cause),
        _ => Ok(explained),
    }
}

/// The cause with what is known of the servers in front, where it says more than the attempts.
fn explained(cause: Cause, known: &Gateway, lines: Vec<String>) -> Cause {
    let down = servers::down(known);
    if lines.is_empty() {
        return cause;
    }
    let who = if down.is_empty() { String::new() } else { format!("; down: {}", down.join(", ")) };
    let summary = format!("{}{who}", cause.summary);
    let evidence = cause.evidence.clone();
    Cause { summary, evidence: Vec::new(), ..cause }.evidence(lines).evidence(evidence)
}

/// What a wait works with, and what it learns.
struct Waiting<'a> {
    context: &'a Context,
    step: &'a Step,
    seen: &'a RefCell<Gateway>,
    attempts: &'a Cell<usize>,
    /// Whether the gateway is known to fail, and was started again to see what else is wrong.
    second_look: bool,
}

impl Waiting<'_> {
    fn has_looked(&self) -> bool {
        !self.seen.borrow().servers.is_empty()
    }

    /// Looks at the servers behind the gateway.
    fn look(&self) {
        servers::examine(self.context, self.step, &mut self.seen.borrow_mut());
    }
}

fn wait_once(
    waiting: &Waiting,
    supervisor: &dyn Supervisor,
    patience: Duration,
) -> Result<(usize, String), Cause> {
    let Waiting { context, step, seen, attempts, .. } = waiting;
    let endpoint = context.endpoint()?;
    let (first_answer, incomplete) = (Cell::new(None), Cell::new(None));
    let start = Instant::now();
    let found = wait::until(
        Patience::local(patience),
        step.stop(),
        |attempt| step.attempt(attempt),
        |left| {
            if left <= lookout::AHEAD {
                step.foresee();
            }
            attempts.set(attempts.get() + 1);
            if let Some(why) = supervisor.status().verdict() {
                return Probe::Never(Reason::new(Code::GatewayCrashed, why));
            }
            match complete(context, &endpoint, left, seen, step.stop()) {
                Ok(tools) => {
                    // Some gateways list what is there before all servers are connected.
                    wait::sleep(PAUSE, step.stop());
                    match complete(context, &endpoint, left, seen, step.stop()) {
                        Ok(again) if again == tools => Probe::Ready(tools),
                        Ok(_) => {
                            Probe::NotYet(Reason::new(Code::ToolsMissing, "the list still changes"))
                        }
                        Err(reason) => Probe::NotYet(reason),
                    }
                }
                // An address that cannot be right will not become right, nor does a server that was
                // started for this attempt alone and ended.
                Err(reason) if reason.code == Code::ConfigInvalid || reason.ended => {
                    Probe::Never(reason)
                }
                Err(reason) if reason.settled => {
                    let since: Instant = first_answer.get().unwrap_or_else(Instant::now);
                    first_answer.set(Some(since));
                    if since.elapsed() >= SETTLED {
                        Probe::Never(reason)
                    } else {
                        Probe::NotYet(reason)
                    }
                }
                Err(reason) => {
                    first_answer.set(None);
                    if start.elapsed() >= patience / 2 && !waiting.has_looked() {
                        waiting.look();
                    }
                    match reason.code {
                        Code::ToolsMissing if will_stay(waiting, &incomplete) => {
                            Probe::Never(reason)
                        }
                        _ => Probe::NotYet(reason),
                    }
                }
            }
        },
    );
    found.map_err(|failure| not_ready(context, step, supervisor, &endpoint, patience, &failure))
}

/// Whether the tools that are missing will stay away. That is looked into once, after the list has
/// been the same for a while: a server that is down brings nothing, however long one waits.
fn will_stay(waiting: &Waiting, same: &Cell<Option<(Instant, usize)>>) -> bool {
    let listed = waiting.seen.borrow().listed;
    let looked = waiting.has_looked();
    let known = same.get().filter(|(_, before)| *before == listed);
    let (since, _) = known.unwrap_or((Instant::now(), listed));
    same.set(Some((since, listed)));
    let settled = if looked && !waiting.second_look { SETTLED / 5 } else { SETTLED };
    if listed == 0 || since.elapsed() < settled {
        return false;
    }
    if waiting.second_look {
        return true;
    }
    if !looked {
        waiting.look();
    }
    !servers::may_come(&waiting.seen.borrow())
}

/// The number of tools, if all expected ones are listed, and how the gateway speaks MCP.
fn complete(
    context: &Context,
    endpoint: &Endpoint,
    left: Duration,
    seen: &RefCell<Gateway>,
    stop: &Stop,
) -> Result<(usize, String), Reason> {
    let listed = gateway::list(endpoint, left, stop);
    let (tools, spoken) = listed.map_err(|refusal| {
        // One that is slow to answer still lists what it listed before.
        if !matches!(refusal, Refusal::Timeout { .. }) {
            seen.borrow_mut().listed = 0;
        }
        Reason::from(&refusal)
    })?;
    let missing = gateway::missing(&context.profile.gateway.tools, &tools);
    seen.borrow_mut().listed = tools.len();
    seen.borrow_mut().tools = gateway::fingerprints(&tools);
    seen.borrow_mut().missing = missing.iter().map(|tool| (*tool).to_owned()).collect();
    if missing.is_empty() && !tools.is_empty() {
        return Ok((tools.len(), spoken));
    }
    Err(Reason::new(Code::ToolsMissing, said(&missing, &tools)))
}

fn said(missing: &[&str], tools: &[Value]) -> String {
    if tools.is_empty() {
        return "no tool is listed".to_owned();
    }
    format!(
        "{} of {} tools listed, without {}",
        tools.len(),
        tools.len() + missing.len(),
        missing.join(", ")
    )
}

/// Why an attempt failed, and which cause that is if it stays so.
#[derive(Clone, Debug, PartialEq)]
struct Reason {
    code: Code,
    text: String,
    /// Whether something answered that a gateway which is still starting would not answer.
    settled: bool,
    /// Whether it was a server of our own that ended.
    ended: bool,
}

impl Reason {
    fn new(code: Code, text: impl Into<String>) -> Self {
        Self { code, text: text.into(), settled: false, ended: false }
    }
}

impl From<&Refusal> for Reason {
    fn from(refusal: &Refusal) -> Self {
        let code = Code::from_text(refusal.code()).unwrap_or(Code::GatewayError);
        let text: String = refusal.to_string().chars().take(160).collect();
        // Too early, too many, and what a front says while nothing is behind it yet.
        let passing = |status: &u16| matches!(status, 425 | 429 | 502..=504);
        let settled = matches!(refusal, Refusal::Http { status, .. } if !passing(status));
        let ended = matches!(refusal, Refusal::Ended { .. });
        Self { code, text, settled, ended }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

fn not_ready(
    context: &Context,
    step: &Step,
    supervisor: &dyn Supervisor,
    endpoint: &Endpoint,
    patience: Duration,
    failure: &Failure<Reason>,
) -> Cause {
    if failure.gave_up == GaveUp::Stopped {
        return step.interrupted();
    }
    step.diagnose();
    let last = decisive(failure, patience);
    let last = last.unwrap_or_else(|| Reason::new(Code::GatewayNotListening, "never tried"));
    let status = supervisor.status();
    let crashed = status.gateway.is_none() && status.last_exit.is_some();
    let code = if crashed { Code::GatewayCrashed } else { last.code };
    let logs = supervisor::logs(&context.paths.workspace);
    let log = logs.iter().map(|log| tail::lines(log, 8)).find(|lines| !lines.is_empty());
    let attempts = failure.attempts.iter().rev().take(4).rev();
    let attempts = attempts
        .map(|a| format!("attempt {} at {:.1} s: {}", a.number, a.at.as_secs_f64(), a.reason));
    let said = logs.iter().find(|log| !tail::lines(log, 1).is_empty());
    let name = said.and_then(|log| log.file_name()).unwrap_or("gateway.log");
    let next = format!("less {}", context.folder.path().join("logs").join(name));
    if context.has_gateway()
        && let Some(foreign) = foreign_listener(context)
    {
        return Cause::new(Code::PortInUse, foreign, "name a free port with --port")
            .evidence(attempts);
    }
    let within = if failure.gave_up == GaveUp::Deadline {
        format!(" within {}", humantime::format_duration(whole_seconds(patience)))
    } else {
        String::new()
    };
    let summary = format!("{endpoint} did not serve its tools{within}: {last}");
    let elsewhere = listening_elsewhere(context);
    // The last words of one that crashed tell more than the attempts that met nobody.
    let (attempts, log): (Vec<_>, Vec<_>) = (attempts.collect(), log.unwrap_or_default());
    let (first, then) = if crashed { (log, attempts) } else { (attempts, log) };
    let evidence = elsewhere.into_iter().chain(first).chain(then);
    let cause = Cause::new(code, summary, next).evidence(evidence);
    if failure.gave_up == GaveUp::Deadline && !crashed { cause.timed_out() } else { cause }
}

/// The reason of the last attempt; one that the deadline cut short says less than the one before.
fn decisive(failure: &Failure<Reason>, patience: Duration) -> Option<Reason> {
    const SHORT: Duration = Duration::from_secs(1);
    let mut latest = failure.attempts.iter().rev();
    let (last, before) = (latest.next()?, latest.next());
    let cut_short = |before: &&Attempt<Reason>| {
        let unanswered = last.reason.code == Code::NoProgress;
        unanswered && failure.gave_up == GaveUp::Deadline && before.at + SHORT > patience
    };
    Some(before.filter(cut_short).unwrap_or(last).reason.clone())
}

fn whole_seconds(time: Duration) -> Duration {
    Duration::from_secs(time.as_secs_f64().round() as u64)
}

/// Who else listens where the gateway should.
fn foreign_listener(context: &Context) -> Option<String> {
    let port = context.settings.port;
    let ours = process::carrying("SMOKE_RUN_ID", &context.settings.id);
    let owners = process::listeners(port).into_iter().filter_map(|listener| listener.owner);
    let foreign =
        owners.into_iter().find(|owner| !ours.iter().any(|process| process.pid == owner.pid))?;
    Some(format!("port {port} is held by pid {}: {}", foreign.pid, foreign.command_line()))
}

/// Where the run's processes listen instead, which tells a wrong port from no port at all.
fn listening_elsewhere(context: &Context) -> Vec<String> {
    let ours = process::carrying("SMOKE_RUN_ID", &context.settings.id);
    let ports =
        process::ports_of(&ours).into_iter().filter(|(port, _)| *port != context.settings.port);
    let command =
        |pid| ours.iter().find(|p| p.pid == pid).map(Process::command_line).unwrap_or_default();
    ports
        .map(|(port, pid)| format!("pid {pid} listens on port {port} instead: {}", command(pid)))
        .collect()
}
