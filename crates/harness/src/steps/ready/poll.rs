//! The poll of the gateway, which is asked for its tools until all are there or will not come.

use std::time::{Duration, Instant};

use smoke_core::cause::Cause;
use smoke_core::wait::{self, Patience, Probe};
use smoke_core::waited;
use smoke_mcp::endpoint::Endpoint;
use smoke_mcp::{Era, Refusal, checks, endpoint};
use smoke_record::run_record::Gateway;

use super::attempts::Attempts;
use super::failure::not_ready;
use super::listing::{CHANGES, shortfall};
use super::reason::{Met, Reason};
use super::speech;
use super::survey::{Purpose, Survey};
use crate::roles::connection::Listed;
use crate::roles::connection::door::Door;
use crate::roles::connection::stranger;
use crate::servers;
use crate::step::lookout;

/// Between the two lists that must be complete, which come in sessions of their own. Its length proves
/// nothing: a list that is complete, and that loses a tool a moment later, does so after any pause.
const PAUSE: Duration = Duration::from_millis(2);
/// How often the list has to be complete, and how often where a session was lost.
const TWICE: usize = 2;
const OFTEN: usize = 12;
/// How long a gateway that does not listen is waited for until it is asked again.
const KNOCKING: Duration = Duration::from_millis(250);
/// A gateway that answers for this long, but not as MCP, will not change its mind.
const SETTLED: Duration = Duration::from_secs(5);

/// A gateway that is ready.
#[derive(Debug, PartialEq)]
pub struct Served {
    /// How many tools it lists.
    pub tools: usize,
    /// How it speaks MCP.
    pub spoken: String,
}

/// Asks until all is there, for at most `patience`.
///
/// # Errors
/// Why it is not ready.
pub fn wait_once(survey: &mut Survey, patience: Duration) -> Result<Served, Cause> {
    let (step, start) = (survey.step, Instant::now());
    let mut attempts = Attempts::of(step);
    let mut poll = Poll::new(survey, patience);
    let found = wait::until(
        Patience::alert(patience),
        step.stop(),
        |attempt| attempts.take(attempt),
        |left| poll.attempt(left),
    );
    // Until then it was not ready; what comes after that is a question of how soon it is noticed.
    waited::note("the gateway to be ready", start, attempts.end());
    found.map_err(|failure| not_ready(survey, patience, &failure))
}

/// One wait for the gateway, as far as it has come.
struct Poll<'a, 'run> {
    survey: &'a mut Survey<'run>,
    start: Instant,
    patience: Duration,
    door: Option<Door>,
    /// Since when it has been answered by a stranger, and nothing else.
    stranger_since: Option<Instant>,
    /// Since when the list has had so many tools.
    same_since: Option<(Instant, usize)>,
    /// The last trouble, and since when it has been the same.
    trouble: Option<(Instant, Reason)>,
    /// What became of the sessions by now.
    sessions: Sessions,
    /// What the first complete list was of a server that is started for it.
    first_start: Option<Served>,
}

/// What became of the sessions that were opened.
#[derive(Default)]
struct Sessions {
    /// How one was served.
    served: Option<Era>,
    /// One was lost after it had been opened.
    lost: bool,
}

impl Sessions {
    /// What a refusal means after them.
    fn reason(&self, refusal: &Refusal, endpoint: &Endpoint) -> Reason {
        match (self.served, refusal) {
            (Some(Era::Session), _) if refusal.is_declined() => Reason::one_session(refusal),
            (Some(Era::Stdio), Refusal::Ended { .. }) => Reason::one_start(refusal),
            (None, _) if speech::is_tls(endpoint, refusal) => Reason::tls(),
            _ => Reason::from(refusal),
        }
    }
}

impl<'a, 'run> Poll<'a, 'run> {
    fn new(survey: &'a mut Survey<'run>, patience: Duration) -> Self {
        let (start, door) = (Instant::now(), Door::of(&survey.endpoint));
        let (stranger_since, same_since, trouble) = (None, None, None);
        let (sessions, first_start) = (Sessions::default(), None);
        Self {
            survey,
            start,
            patience,
            door,
            stranger_since,
            same_since,
            trouble,
            sessions,
            first_start,
        }
    }

    fn attempt(&mut self, left: Duration) -> Probe<Served, Reason> {
        if left <= lookout::AHEAD {
            self.survey.step.foresee();
        }
        self.survey.attempts += 1;
        self.survey.glance();
        if let Some(why) = self.survey.supervisor.status().verdict() {
            return Probe::Never(Reason::crashed(why));
        }
        if let Some(stranger) = stranger::at_the_door(self.survey.context) {
            return Probe::Never(Reason::foreign(stranger));
        }
        match self.ask(left) {
            Ok(served) => self.complete(served, left),
            Err(reason) => self.go_on(reason, left),
        }
    }

    /// How an attempt that failed leads on, by what it met.
    fn go_on(&mut self, reason: Reason, left: Duration) -> Probe<Served, Reason> {
        match reason.met {
            Met::End | Met::NoStart => Probe::Never(reason),
            Met::Stranger => self.stranger(reason),
            Met::List => self.incomplete(reason),
            Met::Nobody | Met::Queue => self.unheard(reason, left),
            Met::Silence | Met::Trouble => self.passing(reason),
        }
    }

    /// All is there. Some gateways list what is there before all servers are connected, so that it has
    /// to be there twice, and more often where a session was lost: several workers have luck now and then.
    /// A server that is started for it has to list all at two starts.
    fn complete(&mut self, served: Served, left: Duration) -> Probe<Served, Reason> {
        if matches!(self.survey.endpoint, Endpoint::Stdio(_)) {
            return self.complete_start(served);
        }
        for _ in 1..if self.sessions.lost { OFTEN } else { TWICE } {
            if let Err(probe) = self.once_more(&served, left) {
                return probe;
            }
        }
        Probe::Ready(served)
    }

    /// One start has listed all. The next one may take as long, and is to list the same.
    fn complete_start(&mut self, served: Served) -> Probe<Served, Reason> {
        self.survey.context.connection().close();
        if self.first_start.as_ref() == Some(&served) {
            return Probe::Ready(served);
        }
        self.first_start = Some(served);
        Probe::Waited(Reason::list(CHANGES))
    }

    /// Asks again for what was `served`.
    ///
    /// # Errors
    /// What the attempt amounts to that finds something else.
    fn once_more(&mut self, served: &Served, left: Duration) -> Result<(), Probe<Served, Reason>> {
        wait::sleep(PAUSE, self.survey.step.stop());
        Err(match self.ask(left) {
            Ok(again) if again == *served => return Ok(()),
            Ok(_) => Probe::NotYet(Reason::list(CHANGES)),
            Err(reason) if reason.met == Met::List => {
                let text = format!("{CHANGES}: first complete, then {}", reason.text);
                Probe::NotYet(Reason { text, ..reason })
            }
            Err(reason) if reason.met == Met::Stranger => self.stranger(reason),
            Err(reason) => Probe::NotYet(reason),
        })
    }

    /// What answers is not a gateway that starts.
    fn stranger(&mut self, reason: Reason) -> Probe<Served, Reason> {
        let since = *self.stranger_since.get_or_insert_with(Instant::now);
        if since.elapsed() >= SETTLED { Probe::Never(reason) } else { Probe::NotYet(reason) }
    }

    /// The list lacks some of the tools.
    fn incomplete(&mut self, reason: Reason) -> Probe<Served, Reason> {
        self.look_in_time();
        if self.will_stay() { Probe::Never(reason) } else { Probe::NotYet(reason) }
    }

    /// Nobody listens: whoever begins to is noticed at once.
    fn unheard(&mut self, reason: Reason, left: Duration) -> Probe<Served, Reason> {
        self.look_in_time();
        let stop = self.survey.step.stop();
        match &self.door {
            Some(door) if door.until_open(KNOCKING.min(left), stop) => Probe::Waited(reason),
            _ => Probe::NotYet(reason),
        }
    }

    /// Anything else, of which nothing is known but that it may pass. It will not where all servers are down, into
    /// which is looked once the same trouble has lasted for a while.
    fn passing(&mut self, reason: Reason) -> Probe<Served, Reason> {
        self.look_in_time();
        let known = self.trouble.take().filter(|(_, before)| *before == reason);
        let (since, _) = self.trouble.insert(known.unwrap_or((Instant::now(), reason.clone())));
        let is_looked_into = self.survey.purpose == Purpose::Service && reason.met == Met::Trouble;
        if !is_looked_into || since.elapsed() < SETTLED {
            return Probe::NotYet(reason);
        }
        self.survey.look();
        match self.survey.has_looked() && servers::are_all_down(&self.survey.seen) {
            true => Probe::Never(reason),
            false => Probe::NotYet(reason),
        }
    }

    /// No stranger answers. Once half of the time is over, the servers are looked at.
    fn look_in_time(&mut self) {
        self.stranger_since = None;
        if self.start.elapsed() >= self.patience / 2 {
            self.survey.look();
        }
    }

    /// Whether the tools that are missing will stay away. That is looked into once, after the list has
    /// been the same for a while: a server that is down brings nothing, however long one waits.
    fn will_stay(&mut self) -> bool {
        let (listed, looked) = (self.survey.seen.listed, self.survey.has_looked());
        let known = self.same_since.filter(|(_, before)| *before == listed);
        let (since, _) = *self.same_since.insert(known.unwrap_or((Instant::now(), listed)));
        let is_diagnosis = self.survey.purpose == Purpose::Diagnosis;
        let settled = if looked && !is_diagnosis { SETTLED / 5 } else { SETTLED };
        if since.elapsed() < settled {
            return false;
        }
        if is_diagnosis {
            return listed > 0;
        }
        self.survey.look();
        let seen = &self.survey.seen;
        looked && !seen.servers.is_empty() && !servers::may_come(seen)
    }

    /// Asks once for the tools.
    ///
    /// # Errors
    /// Not all of the expected ones are listed.
    fn ask(&mut self, left: Duration) -> Result<Served, Reason> {
        let (Survey { context, step, endpoint, seen, .. }, sessions) =
            (&mut *self.survey, &mut self.sessions);
        let listed = context.connection().await_list(endpoint, left, step.stop());
        let listed = listed.map_err(|refusal| {
            sessions.lost |= matches!(refusal, Refusal::SessionLost { .. });
            let reason = sessions.reason(&refusal, endpoint);
            // One that is slow to answer still lists what it listed before.
            if !reason.met.is_late() {
                seen.listed = 0;
            }
            reason
        })?;
        sessions.served = Some(listed.spoken.era);
        let (tools, expected) = (&listed.tools, &context.profile.gateway.tools);
        let missing = endpoint::missing(expected, tools);
        note(seen, &listed, &missing);
        if let Some(why) = checks::unusable(tools) {
            return Err(Reason::unusable(why));
        }
        if missing.is_empty() && !tools.is_empty() {
            return Ok(Served { tools: tools.len(), spoken: listed.spoken.to_string() });
        }
        Err(Reason::list(shortfall(&missing, expected, tools)))
    }
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
