//! The document of a bench, as JSON for programs: `target/smoke/bench/NAME.json`.

use serde_json::{Value, json};

use super::Bench;
use super::driver::{Measured, Taken};
use super::program::Program;
use super::statistics::Summary;
use super::table::{Row, rows};

/// The number of the form of these documents.
const SCHEMA: u32 = 2;

/// Everything that is known of one bench. `machine` is added to it as it is.
pub fn document(
    bench: &Bench,
    programs: &[Program],
    measured: &Measured,
    machine: &Value,
) -> Value {
    let rows = rows(bench, measured);
    json!({
        "schema": SCHEMA,
        "bench": bench.name,
        "summary": bench.summary,
        "programs": programs.iter().map(Program::document).collect::<Vec<_>>(),
        "machine": machine,
        "failed": measured.failed,
        "left_out": measured.left_out,
        "measures": rows.iter().map(row).collect::<Vec<_>>(),
        "samples": measured.samples.iter().map(sample).collect::<Vec<_>>(),
    })
}

fn row(row: &Row) -> Value {
    json!({
        "measure": row.of.measure,
        "unit": row.of.unit.to_string(),
        "values": figures(&row.summary),
        "goal": row.goal.map(|goal| goal.to_string()),
        "met": row.is_met(),
        "against": row.against.as_ref().map(|(other, _)| figures(other)),
        "ratio": row.against.as_ref().and_then(|(_, ratio)| ratio.as_ref().map(figures)),
    })
}

fn figures(summary: &Summary) -> Value {
    let Summary { count, min, lower, median, upper, p99, max } = summary;
    json!({
        "count": count, "min": min, "lower": lower, "median": median, "upper": upper, "p99": p99,
        "max": max,
    })
}

fn sample(taken: &Taken) -> Value {
    json!({
        "program": taken.program, "round": taken.round, "measure": taken.sample.measure,
        "unit": taken.sample.unit.to_string(), "value": taken.sample.value,
    })
}

#[cfg(test)]
mod tests {
    use super::super::goal::Goal;
    use super::super::sample::Sample;
    use super::*;

    #[test]
    fn has_every_sample_and_every_goal() {
        const BENCH: Bench = Bench {
            name: "nap",
            summary: "how long a nap is",
            rounds: 1,
            goals: &[Goal::at_most("nap", 2.0)],
            needs: &[],
            set_up: |_| Ok(Box::new(|_| Ok(Vec::new()))),
        };
        let taken = Taken { program: 0, round: 4, sample: Sample::seconds("nap", 3.0) };
        let measured = Measured { samples: vec![taken], ..Measured::default() };
        let found = document(&BENCH, &[], &measured, &json!({"cores": 2}));
        assert_eq!(found["samples"][0]["round"], 4);
        assert_eq!(found["measures"][0]["met"], false);
        assert_eq!(found["measures"][0]["values"]["median"], 3.0);
        assert_eq!(found["machine"]["cores"], 2);
    }
}
