//! When something happened, as agents write it.

use std::time::UNIX_EPOCH;

use smoke_json::Json;

/// The milliseconds since 1970 of a timestamp, which is a text of RFC 3339 or is those milliseconds.
pub fn moment(timestamp: Json<'_>) -> Option<u64> {
    if !timestamp.is_text() {
        return timestamp.count();
    }
    let time = humantime::parse_rfc3339_weak(&timestamp.text()).ok()?;
    u64::try_from(time.duration_since(UNIX_EPOCH).ok()?.as_millis()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_agent_writes_it_in_its_own_way() {
        let table = [
            (r#""2026-11-30T23:49:07.595Z""#, Some(1_796_082_547_595)),
            ("1796082547595", Some(1_796_082_547_595)),
            (r#""yesterday""#, None),
            ("null", None),
        ];
        for (timestamp, expected) in table {
            assert_eq!(moment(Json::of(timestamp.as_bytes())), expected, "{timestamp}");
        }
    }
}
