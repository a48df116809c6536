//! Asks the gateway for its tools again and again, until all are there or will not come.

use std::cell::{Cell, RefCell};
use std::time::{Duration, Instant};

use serde_json::Value;
use smoke_core::cause::{Cause, Code};
use smoke_core::stop::Stop;
use smoke_core::wait::{self, Patience, Probe};
use smoke_core::waited;
use smoke_mcp::endpoint::{self, Endpoint};
use smoke_record::run_record::Gateway;

use super::attempts::Attempts;
use super::failure::not_ready;
use super::knock;
use super::reason::Reason;
use crate::context::Context;
use crate::roles::connection::Listed;
use crate::roles::gateway;
use crate::roles::supervisor::Supervisor;
use crate::servers;
use crate::step::{Step, lookout};

/// Between the two lists that must be complete, which come in sessions of their own. Its length proves
/// nothing: a list that is complete, and that loses a tool a moment later, does so after any pause.
const PAUSE: Duration = Duration::from_millis(2);
/// How long a gateway that does not listen is waited for until it is asked again.
const KNOCKING: Duration = Duration::from_millis(250);
/// A gateway that answers for this long, but not as MCP, will not change its mind.
const SETTLED: Duration = Duration::from_secs(5);

/// What two lists say that differ.
const CHANGES: &str = "the list changes from one request to the next";

/// What a wait works with, and what it learns.
pub struct Waiting<'a> {
    /// The run.
    pub context: &'a Context,
    /// The step.
    pub step: &'a Step,
    /// What was seen of the gateway.
    pub seen: &'a RefCell<Gateway>,
    /// How often it was asked.
    pub attempts: &'a Cell<usize>,
    /// Whether the gateway is known to fail, and was started again to see what else is wrong.
    pub second_look: bool,
}

impl Waiting<'_> {
    /// Whether that was done.
    pub fn has_looked(&self) -> bool {
        !self.seen.borrow().servers.is_empty()
    }

    /// Looks at the servers behind the gateway.
    pub fn look(&self) {
        servers::examine(self.context, self.step, &mut self.seen.borrow_mut());
    }
}

/// Asks until all is there, for at most `patience`. Returns the number of tools, and how the gateway
/// speaks MCP.
///
/// # Errors
/// Why it is not ready.
pub fn wait_once(
    waiting: &Waiting,
    supervisor: &dyn Supervisor,
    patience: Duration,
) -> Result<(usize, String), Cause> {
    let Waiting { context, step, seen, attempts, .. } = waiting;
    let endpoint = gateway::endpoint(context)?;
    let (first_answer, incomplete) = (Cell::new(None), Cell::new(None));
    let (start, told, door) = (Instant::now(), Attempts::of(step), knock::of(&endpoint));
    let refused = Cell::new(start);
    let found = wait::until(
        Patience::alert(patience),
        step.stop(),
        |attempt| {
            refused.set(Instant::now());
            told.take(attempt);
        },
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
                        Ok(_) => Probe::NotYet(Reason::new(Code::ToolsMissing, CHANGES)),
                        Err(reason) => Probe::NotYet(or_changing(reason)),
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
                        Code::GatewayNotListening => match &door {
                            Some(door) if door.until_open(KNOCKING.min(left), step.stop()) => {
                                Probe::Waited(reason)
                            }
                            _ => Probe::NotYet(reason),
                        },
                        _ => Probe::NotYet(reason),
                    }
                }
            }
        },
    );
    told.end();
    // Until then it was not ready; what comes after that is a question of how soon it is noticed.
    waited::note("the gateway to be ready", start, refused.get());
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
    let listed = context.connection().await_list(endpoint, left, stop).map_err(|refusal| {
        // One that is slow to answer still lists what it listed before.
        if !refusal.is_late() {
            seen.borrow_mut().listed = 0;
        }
        Reason::from(&refusal)
    })?;
    let tools = &listed.tools;
    let missing = endpoint::missing(&context.profile.gateway.tools, tools);
    note(&mut seen.borrow_mut(), &listed, &missing);
    if missing.is_empty() && !tools.is_empty() {
        return Ok((tools.len(), listed.spoken.to_string()));
    }
    Err(Reason::new(Code::ToolsMissing, said(&missing, &context.profile.gateway.tools, tools)))
}

/// Takes an answer into what was seen.
fn note(seen: &mut Gateway, listed: &Listed, missing: &[&str]) {
    let millis = |time: Duration| time.as_millis() as u64;
    seen.listed = listed.tools.len();
    seen.tools = endpoint::fingerprints(&listed.tools);
    seen.missing = missing.iter().map(|tool| (*tool).to_owned()).collect();
    seen.opened_after_ms = Some(millis(listed.opened_after));
    seen.listed_after_ms = Some(millis(listed.listed_after));
}

/// Why the second list is not as complete as the first.
fn or_changing(reason: Reason) -> Reason {
    if reason.code != Code::ToolsMissing {
        return reason;
    }
    Reason { text: format!("{CHANGES}: first complete, then {}", reason.text), ..reason }
}

fn said(missing: &[&str], expected: &[String], tools: &[Value]) -> String {
    if tools.is_empty() {
        return "no tool is listed".to_owned();
    }
    // One that is expected too is no slip for another.
    let mut names = endpoint::names(tools);
    names.retain(|name| !expected.iter().any(|tool| tool == name));
    let named = missing.iter().map(|tool| match names.iter().find(|name| are_alike(tool, name)) {
        Some(name) => format!("{tool} (is it {name}?)"),
        None => (*tool).to_owned(),
    });
    let (there, named) = (expected.len() - missing.len(), named.collect::<Vec<_>>().join(", "));
    let mut said = format!("{there} of {} expected tools listed, without {named}", expected.len());
    let nameless = tools.iter().filter(|tool| !tool["name"].is_string()).count();
    for (count, what) in [(names.len(), "others are"), (nameless, "have no name")] {
        if count > 0 {
            said += &format!("; {count} {what}");
        }
    }
    said
}

/// Whether one of two names is probably a slip for the other. Those of one server have much in common: only what
/// a slip of the hand makes counts.
fn are_alike(one: &str, other: &str) -> bool {
    const SLIPS: usize = 2;
    let bare = |name: &str| name.replace(['-', '_'], "").to_lowercase();
    let long = one.len().min(other.len()) > 2 * SLIPS;
    bare(one) == bare(other) || long && strsim::osa_distance(one, other) <= SLIPS
}
