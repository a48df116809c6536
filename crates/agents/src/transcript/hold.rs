//! Whether what a stage expects came true.

use smoke_mcp::excerpt;

use super::call::Call;
use super::expectation::{Expectation, Miss};
use super::fit::fit;
use super::pairing::pair;

/// Whether an expectation came true.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The expected tool.
    pub tool: String,
    /// Whether a call of its own fits.
    pub met: bool,
    /// How many calls fit.
    pub matched: usize,
    /// If not met: one sentence about the call that came nearest.
    pub why: Option<String>,
    /// If not met: what is wrong with the call that came nearest.
    pub miss: Option<Miss>,
    /// The index of the call that fits, or of the one that came nearest.
    pub call: Option<usize>,
}

/// Holds the calls to the expectations. Each expectation needs a call of its own; the order does
/// not matter, since an agent may well look before it is told to.
pub fn hold(expectations: &[Expectation], calls: &[Call]) -> Vec<Verdict> {
    let fits: Vec<Vec<_>> = expectations
        .iter()
        .map(|expectation| calls.iter().map(|call| fit(expectation, call)).collect())
        .collect();
    let fitting = |row: &Vec<Result<(), (Miss, String)>>| -> Vec<usize> {
        (0..row.len()).filter(|&at| row[at].is_ok()).collect()
    };
    let candidates: Vec<Vec<usize>> = fits.iter().map(fitting).collect();
    let pairs = pair(&candidates, calls.len());
    let rows = expectations.iter().zip(&fits).zip(candidates.iter().zip(pairs));
    rows.map(|((expectation, fits), (candidates, call))| {
        let matched = candidates.len();
        let tool = expectation.tool.clone();
        match call {
            Some(_) => Verdict { tool, met: true, matched, why: None, miss: None, call },
            None => unmet(tool, matched, fits, calls),
        }
    })
    .collect()
}

fn unmet(
    tool: String,
    matched: usize,
    fits: &[Result<(), (Miss, String)>],
    calls: &[Call],
) -> Verdict {
    let misses = fits.iter().enumerate().map(|(at, fit)| match fit {
        Ok(()) => (Miss::Taken, at, ""),
        Err((miss, why)) => (*miss, at, why.as_str()),
    });
    // Of several calls that are equally near the last one is what the agent ended with.
    let nearest = misses.max_by_key(|&(miss, at, _)| (miss, at));
    let (miss, call, why) = match nearest {
        None | Some((Miss::Tool, ..)) => {
            (Miss::Tool, None, format!("never called; {}", made(calls)))
        }
        Some((Miss::Taken, at, _)) => {
            let why = format!("{matched} calls fit, but each expectation needs a call of its own");
            (Miss::Taken, Some(at), why)
        }
        Some((miss, at, why)) => {
            let times = fits.iter().filter(|fit| !matches!(fit, Err((Miss::Tool, _)))).count();
            (miss, Some(at), called(times, why))
        }
    };
    Verdict { tool, met: false, matched, why: Some(why), miss: Some(miss), call }
}

/// How often something was called, and what is wrong with the call that came nearest.
fn called(times: usize, why: &str) -> String {
    match times {
        1 => format!("called once {why}"),
        times => {
            let why = why.strip_prefix("but ").unwrap_or(why);
            format!("called {times} times; of the nearest: {why}")
        }
    }
}

/// The tools that were called, each once.
fn made(calls: &[Call]) -> String {
    let mut tools: Vec<&str> = Vec::new();
    for call in calls {
        if !tools.contains(&call.tool.as_str()) && tools.len() < 10 {
            tools.push(&call.tool);
        }
    }
    match tools.is_empty() {
        true => "no calls were made".to_owned(),
        false => format!("calls made: {}", excerpt(&tools.join(", "))),
    }
}
