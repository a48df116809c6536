//! `clock_now`: the time.

use std::time::{Duration, SystemTime};

use rmcp::model::{JsonObject, Tool};
use serde::Deserialize;
use serde_json::json;

use super::tool::{self, Answer, Hints, OneTool};

/// The clock.
pub struct Clock;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Arguments {
    #[serde(default)]
    utc_offset_minutes: i32,
}

impl OneTool for Clock {
    fn describe(&self) -> Tool {
        let hints =
            Hints { title: "Clock", read_only: true, destructive: false, idempotent: false };
        let offset = json!({"type": "integer", "minimum": -1440, "maximum": 1440, "default": 0,
            "description": "How far the local time is ahead of UTC, in minutes."});
        let input = json!({"type": "object", "properties": {"utc_offset_minutes": offset},
            "additionalProperties": false});
        let output = json!({"type": "object", "required": ["now", "unix_ms"], "properties": {
            "now": {"type": "string", "description": "RFC 3339 with milliseconds."},
            "unix_ms": {"type": "integer", "description": "Milliseconds since 1970."}}});
        tool::tool("clock_now", "Tells the time.", hints, input, output)
    }

    fn call(&self, arguments: JsonObject) -> Result<Answer, String> {
        let Arguments { utc_offset_minutes } = tool::arguments(arguments)?;
        if utc_offset_minutes.abs() > 1440 {
            return Err("utc_offset_minutes must be from -1440 to 1440".to_owned());
        }
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let text = local(now, utc_offset_minutes);
        let unix_ms = u64::try_from(now.as_millis()).unwrap_or(u64::MAX);
        Ok(Answer { structured: json!({"now": text, "unix_ms": unix_ms}), text })
    }
}

/// A time since 1970 in RFC 3339, as a clock shows it that is `offset` minutes ahead of UTC.
fn local(now: Duration, offset: i32) -> String {
    let shift = Duration::from_secs(u64::from(offset.unsigned_abs()) * 60);
    let shown = if offset < 0 { now.saturating_sub(shift) } else { now + shift };
    let text = humantime::format_rfc3339_millis(SystemTime::UNIX_EPOCH + shown).to_string();
    if offset == 0 {
        return text;
    }
    let sign = if offset < 0 { '-' } else { '+' };
    let (hours, minutes) = (offset.abs() / 60, offset.abs() % 60);
    format!("{}{sign}{hours:02}:{minutes:02}", text.trim_end_matches('Z'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offset_moves_the_shown_time_and_is_named() {
        let noon = Duration::from_secs(12 * 3600);
        assert_eq!(local(noon, 0), "1970-01-01T12:00:00.000Z");
        assert_eq!(local(noon, 330), "1970-01-01T17:30:00.000+05:30");
        assert_eq!(local(noon, -90), "1970-01-01T10:30:00.000-01:30");
        let far = json!({"utc_offset_minutes": 5000}).as_object().unwrap().clone();
        assert!(Clock.call(far).is_err());
    }
}
