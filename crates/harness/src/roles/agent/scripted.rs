//! The scripted agent: an MCP client that makes the calls of the stage, in their order.

use std::io::{self, Write};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use smoke_agents::transcript::{Outcome, Writer};
use smoke_core::abandon::unless_stopped;
use smoke_core::cause::{Cause, Code};
use smoke_mcp::endpoint;
use smoke_mcp::{Client, Refusal, checks};
use smoke_record::profile::{CallSpec, StageSpec};

use super::{Agent, Played};
use crate::context::Context;
use crate::found;
use crate::roles::{gateway, supervisor};
use crate::step::Step;

/// The longest time that one call may take.
const CALL: Duration = Duration::from_secs(60);

/// The scripted agent of a run.
pub struct Scripted<'a> {
    context: &'a Context,
}

impl<'a> Scripted<'a> {
    /// An agent that uses the gateway of this run.
    pub fn new(context: &'a Context) -> Self {
        Self { context }
    }

    /// Makes a call; the client comes back unless a stop was asked for meanwhile. In `tools`, as they were listed
    /// last, is what the call promises: one that is new is asked for after its first call.
    fn call(
        &self,
        mut client: Client,
        call: &CallSpec,
        tools: &mut Vec<Value>,
        step: &Step,
    ) -> (Option<Client>, Outcome) {
        let (call, limit, name) = (call.clone(), CALL.min(step.left()), call.tool.clone());
        let is_new = tools.iter().all(|tool| tool["name"] != name.as_str());
        let made = unless_stopped(step.stop(), move || {
            let result = client.call_tool(&call.tool, &call.arguments, limit);
            let listed = (is_new && result.is_ok()).then(|| client.list_tools());
            (client, result, listed)
        });
        let Some((client, result, listed)) = made else {
            return (None, Outcome::Error(Refusal::Stopped.to_string()));
        };
        if let Some(Ok(listed)) = listed {
            *tools = listed;
        }
        let tool = tools.iter().find(|tool| tool["name"] == name.as_str());
        if let (Some(tool), Ok(result)) = (tool, &result) {
            let server = &self.context.profile.gateway.server;
            found::tell(self.context, step, checks::of_result(server, tool, result));
        }
        let outcome = match result {
            Ok(result) if result.is_error => Outcome::Failed(result.to_transcript()),
            Ok(result) => Outcome::Completed(result.to_transcript()),
            Err(refusal) => Outcome::Error(refusal.to_string()),
        };
        (Some(client), outcome)
    }
}

impl Agent for Scripted<'_> {
    fn play(&self, stage: &StageSpec, transcript: &mut dyn Write, step: &Step) -> Played {
        let mut played = Played::default();
        played.failed = self.make_calls(stage, transcript, step, &mut played.connected_after).err();
        played
    }
}

impl Scripted<'_> {
    fn make_calls(
        &self,
        stage: &StageSpec,
        transcript: &mut dyn Write,
        step: &Step,
        connected_after: &mut Option<Duration>,
    ) -> Result<(), Cause> {
        let thread = format!("{}-{}", self.context.run.id, stage.name);
        let mut writer =
            Writer::start(transcript, &thread).map_err(|error| cannot_write(&error))?;
        let (endpoint, begin) = (gateway::endpoint(self.context)?, Instant::now());
        let mut client = match endpoint::connect(&endpoint, step.left(), step.stop()) {
            Ok(client) => client,
            Err(Refusal::Stopped) => return Err(step.interrupted()),
            Err(refusal) => {
                writer.fail_turn(&refusal.to_string()).map_err(|error| cannot_write(&error))?;
                let summary = format!("the agent cannot use {endpoint}: {refusal}");
                return Err(Cause::new(
                    refusal.code(),
                    summary,
                    supervisor::read_logs(self.context),
                ));
            }
        };
        *connected_after = Some(begin.elapsed());
        let server = &self.context.profile.gateway.server;
        let listed = gateway::last_listed(self.context);
        let mut tools = listed.map(|listed| listed.tools).unwrap_or_default();
        for call in &stage.calls {
            if step.stop().is_set() {
                return Err(step.interrupted());
            }
            let open = writer.begin_call(server, &call.tool, &call.arguments);
            let open = open.map_err(|error| cannot_write(&error))?;
            let (returned, outcome) = self.call(client, call, &mut tools, step);
            let met =
                if let Outcome::Error(text) = &outcome { text.clone() } else { String::new() };
            writer.end_call(open, outcome).map_err(|error| cannot_write(&error))?;
            client = returned.ok_or_else(|| step.interrupted())?;
            if step.left().is_zero() {
                return Err(late(stage, &call.tool, step).evidence([met]));
            }
        }
        found::tell(self.context, step, client.close());
        let end = writer.message("done").and_then(|()| writer.complete_turn(&json!({})));
        end.map_err(|error| cannot_write(&error))
    }
}

fn late(stage: &StageSpec, tool: &str, step: &Step) -> Cause {
    let what = format!("stage {}: {tool}", stage.name);
    let summary = step.late(&what).summary;
    Cause::new(Code::AgentCallFailed, summary, step.read_transcript(&stage.name)).timed_out()
}

fn cannot_write(error: &io::Error) -> Cause {
    let code =
        if error.kind() == io::ErrorKind::StorageFull { Code::DiskFull } else { Code::Internal };
    Cause::new(code, format!("cannot write the transcript: {error}"), "free some space")
}
