//! The critical path of the processes that a run has started: how long it waited for at least one of
//! them. What goes on at the same time counts once.

use std::fs;

use anyhow::{Context, Result};
use camino::Utf8Path;
use smoke_record::event::{Event, Timed};

/// A stretch of time, in microseconds since the start of the run.
type Stretch = (i64, i64);

/// The seconds that the run in `folder` waited for others.
///
/// # Errors
/// Its events cannot be read, or do not tell.
pub fn path(folder: &Utf8Path) -> Result<f64> {
    let file = folder.join("events.jsonl");
    let text = fs::read_to_string(&file).with_context(|| format!("read {file}"))?;
    let events = text.lines().map(serde_json::from_str::<Timed>);
    let events = events.collect::<Result<Vec<_>, _>>().with_context(|| format!("read {file}"))?;
    let mut told = events.iter().filter_map(|timed| match &timed.event {
        Event::Waited { waits } => Some(waits),
        _ => None,
    });
    let waits = told.next().context("the run does not tell what it waited for")?;
    let waits = waits.iter().map(|wait| (wait.from_us, wait.from_us + wait.took_us as i64));
    Ok(covered(waits.collect()) as f64 / 1e6)
}

/// How much time at least one of the stretches covers.
fn covered(mut stretches: Vec<Stretch>) -> i64 {
    stretches.sort_unstable();
    let (mut sum, mut reached) = (0, i64::MIN);
    for (from, to) in stretches {
        sum += (to - from.max(reached)).max(0);
        reached = reached.max(to);
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_on_at_the_same_time_counts_once() {
        assert_eq!(covered(vec![(0, 10), (20, 30)]), 20);
        assert_eq!(covered(vec![(20, 30), (0, 25), (5, 7)]), 30);
        assert_eq!(covered(vec![(-5, 5), (5, 6), (5, 6)]), 11);
        assert_eq!(covered(Vec::new()), 0);
    }

    #[test]
    fn the_waits_are_those_of_the_events() {
        let folder = tempfile::tempdir().unwrap();
        let folder = Utf8Path::from_path(folder.path()).unwrap();
        let write = |text: &str| fs::write(folder.join("events.jsonl"), text).unwrap();
        let lines = [
            r#"{"t_ms":100,"event":"step-started","step":"ready","log":"l"}"#,
            r#"{"t_ms":900,"event":"waited","waits":[{"what":"git","from_us":-2000,"took_us":12000},{"what":"tools/list","from_us":5000,"took_us":20000}]}"#,
        ];
        write(&lines.join("\n"));
        assert_eq!(path(folder).unwrap(), 0.027);
        write(lines[0]);
        assert!(path(folder).is_err());
    }
}
