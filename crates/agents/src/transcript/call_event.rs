//! What one line of a transcript says of a call.

use std::borrow::Cow;

use super::call::{Failure, Status};
use smoke_json::Json;

/// What a line says of a call. What it does not say is empty, and stays as an earlier line left it.
#[derive(Clone, Debug, Default)]
pub struct CallEvent<'a> {
    /// The call's id.
    pub id: Cow<'a, str>,
    /// Its server.
    pub server: Cow<'a, str>,
    /// Its tool.
    pub tool: Cow<'a, str>,
    /// The one name that the agent's model has for both.
    pub alias: Cow<'a, str>,
    /// Whether the tool is told by the very name that its server gives it.
    pub has_own_name: bool,
    /// Its arguments.
    pub arguments: Json<'a>,
    /// Whether it begins, so that it is none of the same id that has ended before.
    pub begins: bool,
    /// How it ended.
    pub status: Option<Status>,
    /// Its result: blocks as MCP has them, or the text that the agent made of them.
    pub content: Json<'a>,
    /// The structured content of its result.
    pub structured_content: Json<'a>,
    /// What the tool says about its result.
    pub meta: Json<'a>,
    /// Why it failed.
    pub error: Option<Cow<'a, str>>,
    /// What kind of failure it was.
    pub failure: Option<Failure>,
    /// When it began, in milliseconds since 1970.
    pub began_ms: Option<u64>,
    /// When it ended.
    pub ended_ms: Option<u64>,
    /// How long it took, where that is told better than by these.
    pub duration_ms: Option<u64>,
}

impl<'a> CallEvent<'a> {
    /// One that is told by the one name that the model has for the server and the tool, which are these parts of
    /// it.
    pub fn of(id: Json<'a>, alias: &'a str, parts: (&'a str, &'a str)) -> Self {
        let (server, tool) = parts;
        let [server, tool, alias] = [server, tool, alias].map(Cow::from);
        Self { id: id.text(), server, tool, alias, ..Self::default() }
    }

    /// Whether the call is over with it.
    pub fn ends(&self) -> bool {
        self.status.as_ref().is_some_and(|status| *status != Status::InProgress)
    }
}
