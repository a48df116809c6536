//! `dice`: random numbers, the same ones again for the same seed.

use rmcp::model::{JsonObject, Tool};
use serde::Deserialize;
use serde_json::json;

use super::tool::{self, Answer, Hints, OneTool};

/// The dice.
pub struct Dice;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Arguments {
    #[serde(default = "six")]
    sides: u32,
    #[serde(default = "one")]
    count: u32,
    seed: Option<u64>,
}

fn six() -> u32 {
    6
}

fn one() -> u32 {
    1
}

impl OneTool for Dice {
    fn describe(&self) -> Tool {
        let hints = Hints { title: "Dice", read_only: true, destructive: false, idempotent: false };
        let input = json!({"type": "object", "additionalProperties": false, "properties": {
            "sides": {"type": "integer", "minimum": 2, "maximum": 1_000_000, "default": 6,
                "description": "The sides of each die."},
            "count": {"type": "integer", "minimum": 1, "maximum": 100, "default": 1,
                "description": "How many dice to throw."},
            "seed": {"type": "integer", "minimum": 0,
                "description": "The same seed throws the same numbers."}}});
        let output = json!({"type": "object", "required": ["rolls", "sum"], "properties": {
            "rolls": {"type": "array", "items": {"type": "integer"}},
            "sum": {"type": "integer"}}});
        tool::tool("dice", "Throws dice.", hints, input, output)
    }

    fn call(&self, arguments: JsonObject) -> Result<Answer, String> {
        let Arguments { sides, count, seed } = tool::arguments(arguments)?;
        if !(2..=1_000_000).contains(&sides) || !(1..=100).contains(&count) {
            return Err("sides must be from 2 to 1000000 and count from 1 to 100".to_owned());
        }
        let mut random = seed.map_or_else(fastrand::Rng::new, fastrand::Rng::with_seed);
        let rolls: Vec<u32> = (0..count).map(|_| random.u32(1..=sides)).collect();
        let text = rolls.iter().map(u32::to_string).collect::<Vec<_>>().join(" ");
        let sum: u64 = rolls.iter().map(|&roll| u64::from(roll)).sum();
        Ok(Answer { text, structured: json!({"rolls": rolls, "sum": sum}) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(arguments: serde_json::Value) -> Result<Answer, String> {
        Dice.call(arguments.as_object().unwrap().clone())
    }

    #[test]
    fn the_same_seed_throws_the_same_numbers() {
        let throw = || call(json!({"count": 20, "sides": 1000, "seed": 7})).unwrap().text;
        assert_eq!(throw(), throw());
        assert!(call(json!({"sides": 1})).is_err());
        assert!(call(json!({"count": 101})).is_err());
    }
}
