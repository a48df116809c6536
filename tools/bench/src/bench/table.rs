//! The table of a bench, for people.

use super::Bench;
use super::driver::Measured;
use super::goal::Goal;
use super::program::Program;
use super::sample::Sample;
use super::statistics::{ENOUGH_FOR_P99, Summary, summary};

/// One measure of one bench: its summary, and whether a goal is met.
pub struct Row<'a> {
    /// A sample, for its name and unit.
    pub of: &'a Sample,
    /// The values of this program.
    pub summary: Summary,
    /// The goal for it, if it has one.
    pub goal: Option<Goal>,
    /// The values of the other program, and how many times as much this one has.
    pub against: Option<(Summary, Option<Summary>)>,
}

/// The rows of a bench, in the order in which the measures came.
pub fn rows<'a>(bench: &Bench, measured: &'a Measured) -> Vec<Row<'a>> {
    let rows = measured.measures().into_iter().filter_map(|of| {
        let summary_of = |program| summary(&measured.values(program, &of.measure));
        let ratios = summary(&measured.ratios(&of.measure));
        Some(Row {
            of,
            summary: summary_of(0)?,
            goal: bench.goals.iter().find(|goal| goal.is_about(&of.measure)).copied(),
            against: summary_of(1).map(|against| (against, ratios)),
        })
    });
    rows.collect()
}

impl Row<'_> {
    /// Whether the goal is met, if there is one.
    pub fn is_met(&self) -> Option<bool> {
        self.goal.map(|goal| goal.is_met(&self.summary))
    }

    fn verdict(&self) -> String {
        let word = |met| if met { "met" } else { "missed" };
        let goal = self.goal.map(|goal| format!("{goal}: {}", word(goal.is_met(&self.summary))));
        goal.unwrap_or_default()
    }
}

/// The table of a bench, with what was left out and why.
pub fn table(bench: &Bench, programs: &[Program], measured: &Measured) -> String {
    let rows = rows(bench, measured);
    let mut text = format!("{}: {}\n", bench.name, bench.summary);
    text += &aligned(&own(&rows));
    let compared = against(&rows);
    if let (Some(other), true) = (programs.get(1), compared.len() > 1) {
        text += &format!("against {}\n{}", other.name, aligned(&compared));
    }
    let notes = measured.left_out.iter().map(|why| format!("left out: {why}\n"));
    let failed = measured.failed.iter().map(|why| format!("failed: {why}\n"));
    text + &notes.chain(failed).collect::<String>() + "\n"
}

fn own(rows: &[Row]) -> Vec<Vec<String>> {
    let head = ["measure", "unit", "n", "median", "p99", "middle half", "goal"];
    let cells = rows.iter().map(|row| {
        let Summary { count, median, p99, lower, upper, .. } = row.summary;
        // Of few values, the 99th percentile is just the largest, and says so.
        let most = if count < ENOUGH_FOR_P99 { "max " } else { "" };
        vec![
            row.of.measure.clone(),
            row.of.unit.to_string(),
            count.to_string(),
            short(median),
            format!("{most}{}", short(p99)),
            format!("{} to {}", short(lower), short(upper)),
            row.verdict(),
        ]
    });
    with_head(&head, cells)
}

fn against(rows: &[Row]) -> Vec<Vec<String>> {
    let head = ["measure", "unit", "this", "other", "this / other", "middle half"];
    let cells = rows.iter().filter_map(|row| {
        let (other, ratio) = row.against?;
        let times = ratio.map(|ratio| format!("{:.3}", ratio.median)).unwrap_or_default();
        let spread = ratio.map(|ratio| format!("{:.3} to {:.3}", ratio.lower, ratio.upper));
        Some(vec![
            row.of.measure.clone(),
            row.of.unit.to_string(),
            short(row.summary.median),
            short(other.median),
            times,
            spread.unwrap_or_default(),
        ])
    });
    with_head(&head, cells)
}

fn with_head(head: &[&str], cells: impl Iterator<Item = Vec<String>>) -> Vec<Vec<String>> {
    let head = head.iter().map(|cell| (*cell).to_owned()).collect();
    std::iter::once(head).chain(cells).collect()
}

/// The first column, and the last if it is words, begin at the left; numbers end at the right.
fn aligned(lines: &[Vec<String>]) -> String {
    let columns = lines.first().map_or(0, Vec::len);
    let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max();
    let widths: Vec<usize> = (0..columns).filter_map(width).collect();
    let shown = lines.iter().map(|line| {
        let cells = line.iter().zip(&widths).enumerate().map(|(column, (cell, width))| {
            if column < 2 || column == 6 {
                format!("{cell:<width$}")
            } else {
                format!("{cell:>width$}")
            }
        });
        format!("  {}\n", cells.collect::<Vec<_>>().join("  ").trim_end())
    });
    shown.collect()
}

/// A number with about four digits that matter.
fn short(value: f64) -> String {
    let digits = match value.abs() {
        size if size >= 1000.0 => 0,
        size if size >= 100.0 => 1,
        size if size >= 10.0 => 2,
        size if size >= 0.1 || size == 0.0 => 3,
        _ => 5,
    };
    format!("{value:.digits$}")
}

#[cfg(test)]
mod tests {
    use super::super::driver::Taken;
    use super::*;

    const BENCH: Bench = Bench {
        name: "nap",
        summary: "how long a nap is",
        rounds: 3,
        goals: &[Goal::at_most("nap", 2.0), Goal::at_most("late: cat", 1.0)],
        needs: &[],
        set_up: |_| Ok(Box::new(|_| Ok(Vec::new()))),
    };

    fn program(name: &str) -> Program {
        let (name, path) = (name.to_owned(), "/xtask".into());
        Program { name, path, checkout: "/".into(), commit: "c".into(), dirty: false }
    }

    fn measured() -> Measured {
        let mut samples = Vec::new();
        for (round, value) in [1.0, 2.0, 3.0].into_iter().enumerate() {
            let nap = |factor: f64| Sample::seconds("nap", value * factor);
            samples.push(Taken { program: 0, round, sample: nap(1.0) });
            samples.push(Taken { program: 1, round, sample: nap(2.0) });
            let late = Sample::milliseconds("late: cat", value);
            samples.push(Taken { program: 0, round, sample: late });
        }
        Measured { samples, left_out: None, failed: None }
    }

    #[test]
    fn a_row_has_its_goal_and_whether_it_is_met() {
        let measured = measured();
        let rows = rows(&BENCH, &measured);
        let met: Vec<Option<bool>> = rows.iter().map(Row::is_met).collect();
        assert_eq!(met, [Some(true), Some(false)]);
        let text = table(&BENCH, &[program("this")], &measured);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "nap: how long a nap is");
        assert!(lines[2].starts_with("  nap        s     3   2.000"), "{text}");
        assert!(lines[2].ends_with("1.500 to 2.500  median at most 2: met"), "{text}");
        assert!(lines[3].ends_with("median at most 1: missed"), "{text}");
    }

    #[test]
    fn two_programs_are_compared() {
        let text = table(&BENCH, &[program("this"), program("0123")], &measured());
        let compared = text.split_once("against 0123\n").unwrap().1;
        let row = compared.lines().find(|line| line.contains("nap")).unwrap();
        assert!(row.ends_with("2.000  4.000         0.500  0.500 to 0.500"), "{text}");
        assert!(!compared.contains("late"), "{text}");
    }

    #[test]
    fn what_was_left_out_is_said() {
        let (left_out, failed) = (Some("no smoke".to_owned()), Some("it broke".to_owned()));
        let text = table(&BENCH, &[program("this")], &Measured { left_out, failed, ..measured() });
        assert!(text.contains("left out: no smoke\nfailed: it broke\n"), "{text}");
    }

    #[test]
    fn numbers_are_short() {
        let shown = [12345.6, 123.46, 12.3, 1.5, 0.012_345, -3.0, 0.0].map(short);
        assert_eq!(shown, ["12346", "123.5", "12.30", "1.500", "0.01235", "-3.000", "0.000"]);
    }
}
