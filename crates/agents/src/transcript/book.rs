//! The calls of a transcript, kept in bounded memory.

use std::collections::HashMap;
use std::mem::size_of;

use super::call::{Call, Status};
use super::call_event::CallEvent;
use super::name::{Likeness, likeness};
use smoke_json::KeptJson;

/// How much is kept of all calls, in bytes; later ones are only counted.
const ROOM: usize = 12 * 1024 * 1024;
/// How much of that is for calls that nobody asked for, where somebody asked for some.
const ROOM_FOR_OTHERS: usize = ROOM / 2;
/// How much is kept of one call's arguments, in bytes.
const ARGUMENTS_LIMIT: usize = 1024 * 1024;
/// How much is kept of one result's content, and as much of its structured content, in bytes.
const RESULT_LIMIT: usize = 64 * 1024;

/// How much is kept of an error's message in any case, in bytes.
const LEAST_ERROR: usize = 300;

/// A tool, and its server if that matters.
pub type Wanted = (Option<String>, String);

/// What is known of the calls that are kept, and of those that are not.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Book {
    /// Where the calls of the current thread are, by their ids.
    by_id: HashMap<String, usize>,
    /// How much memory the calls take, in bytes.
    kept: usize,
    /// The tools that somebody asks for; none where all are alike.
    wanted: Vec<Wanted>,
    left_out: LeftOut,
    others_left_out: LeftOut,
}

/// The calls of a kind that are not kept: all that begin after the first one for which there was no room.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct LeftOut {
    begun: usize,
    ended: usize,
}

impl LeftOut {
    /// Some versions leave the beginnings of calls out.
    fn count(self) -> usize {
        self.begun.max(self.ended)
    }
}

impl Book {
    /// One that has room for the calls of these tools above all.
    pub fn wanting(wanted: Vec<Wanted>) -> Self {
        Self { wanted, ..Self::default() }
    }

    /// Begins another thread, whose ids are other ones.
    pub fn begin_thread(&mut self) {
        self.by_id.clear();
    }

    /// Where the call of this id is.
    pub fn place(&self, id: &str) -> Option<usize> {
        self.by_id.get(id).copied()
    }

    /// How many calls are not kept.
    pub fn left_out(&self) -> usize {
        self.left_out.count() + self.others_left_out.count()
    }

    /// How many of them are calls that somebody asks for, or may be.
    pub fn wanted_left_out(&self) -> usize {
        self.left_out.count()
    }

    /// Takes what a line says of a call. `cut` says that the line is kept only in part.
    pub fn take(&mut self, calls: &mut Vec<Call>, event: CallEvent<'_>, cut: bool) {
        let known = self
            .place(&event.id)
            .filter(|at| !event.begins || calls[*at].status == Status::InProgress);
        match known {
            Some(at) => self.go_on(&mut calls[at], event, cut),
            // The end of something that is no call, or of a call that is not kept.
            None if event.tool.is_empty() => {}
            None => self.begin(calls, event, cut),
        }
    }

    fn begin(&mut self, calls: &mut Vec<Call>, event: CallEvent<'_>, cut: bool) {
        let mut call = Call {
            id: event.id.to_string(),
            server: event.server.to_string(),
            tool: event.tool.to_string(),
            alias: event.alias.to_string(),
            ..Call::default()
        };
        let size = size(&call);
        let is_wanted = self.is_wanted(&call);
        let room = self.room(is_wanted);
        let left_out = if is_wanted { &mut self.left_out } else { &mut self.others_left_out };
        if size > room || *left_out != LeftOut::default() {
            left_out.begun += usize::from(!event.ends());
            left_out.ended += usize::from(event.ends());
            return;
        }
        self.by_id.insert(call.id.clone(), calls.len());
        self.kept += size;
        self.go_on(&mut call, event, cut);
        calls.push(call);
    }

    fn go_on(&mut self, call: &mut Call, event: CallEvent<'_>, cut: bool) {
        self.kept -= size(call);
        let room = self.room(self.is_wanted(call)).saturating_sub(size(call));
        take_names(call, &event, room);
        call.failure = event.failure.or(call.failure);
        call.began_ms = event.began_ms.or(call.began_ms);
        let span = event.ended_ms.zip(call.began_ms);
        let duration = span.map(|(ended, began)| ended.saturating_sub(began));
        call.duration_ms = event.duration_ms.or(duration).or(call.duration_ms);
        call.truncated |= cut | take_values(call, &event, room);
        call.status = event.status.unwrap_or_else(|| std::mem::take(&mut call.status));
        self.kept += size(call);
    }

    /// What may still be kept, in bytes.
    fn room(&self, is_wanted: bool) -> usize {
        let room = if is_wanted { ROOM } else { ROOM_FOR_OTHERS };
        room.saturating_sub(self.kept)
    }

    /// Whether somebody asks for calls of this tool.
    fn is_wanted(&self, call: &Call) -> bool {
        let is_one =
            |(server, tool): &Wanted| likeness(call, server.as_deref(), tool) != Likeness::Other;
        self.wanted.is_empty() || self.wanted.iter().any(is_one)
    }
}

/// Takes the names that an event tells, in at most `room` bytes more.
fn take_names(call: &mut Call, event: &CallEvent<'_>, room: usize) {
    let known = [&mut call.server, &mut call.tool, &mut call.alias];
    for (known, name) in known.into_iter().zip([&event.server, &event.tool, &event.alias]) {
        if !name.is_empty() && *name != *known && name.len() <= known.len() + room {
            name.as_ref().clone_into(known);
        }
    }
    call.has_own_name |= event.has_own_name;
}

/// Takes the arguments, the result and the error, each in at most about `room` bytes. Returns whether something
/// of the first two was left out.
fn take_values(call: &mut Call, event: &CallEvent<'_>, room: usize) -> bool {
    let mut is_cut = false;
    if !event.arguments.is_null() {
        (call.arguments, is_cut) = KeptJson::within(event.arguments, ARGUMENTS_LIMIT.min(room));
    }
    let room = room.saturating_sub(call.arguments.size());
    if let Some((result, cut)) = result(event, RESULT_LIMIT.min(room)) {
        (call.result, is_cut) = (Some(result), is_cut | cut);
    }
    if let Some(error) = &event.error {
        let end = error.floor_char_boundary(room.max(LEAST_ERROR));
        call.error = Some(error[..end].to_owned());
    }
    is_cut
}

/// How much memory a call takes with its place among the others, in bytes.
fn size(call: &Call) -> usize {
    const PLACE: usize = 64;
    let texts = [&call.id, &call.id, &call.server, &call.tool, &call.alias];
    let error = call.error.as_ref().map_or(0, String::len);
    let values = call.arguments.size() + call.result.as_ref().map_or(0, KeptJson::size);
    size_of::<Call>() + PLACE + texts.iter().map(|text| text.len()).sum::<usize>() + error + values
}

/// The result as a call has it, with at most about `limit` bytes of each of its parts, and whether something
/// was left out.
fn result(event: &CallEvent<'_>, limit: usize) -> Option<(KeptJson, bool)> {
    let parts = [event.content, event.structured_content, event.meta];
    if parts.iter().all(|part| part.is_null()) {
        return None;
    }
    let [(content, a), (structured, b), (meta, c)] =
        parts.map(|part| KeptJson::within(part, limit));
    let content = match event.content {
        text if text.is_text() => format!("[{{\"type\":\"text\",\"text\":{content}}}]"),
        block if block.is_object() => format!("[{content}]"),
        blocks if blocks.is_array() => content.to_string(),
        _ => "[]".to_owned(),
    };
    let meta = if event.meta.is_null() { String::new() } else { format!(",\"_meta\":{meta}") };
    let text = format!("{{\"content\":{content},\"structured_content\":{structured}{meta}}}");
    Some((KeptJson::of(text), a | b | c))
}
