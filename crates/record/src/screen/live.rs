//! The steps that run, on the last lines of a terminal, drawn again and again.

use std::sync::{Arc, Mutex, MutexGuard, Once};
use std::thread;
use std::time::{Duration, Instant};

use smoke_core::sync;

use super::{terminal, width};

/// The last that a step said, for whoever asks what it is doing.
pub type Pulse = Arc<Mutex<String>>;

/// How often the lines are drawn.
const TURN: Duration = Duration::from_millis(125);
/// What turns.
const SPINNER: [char; 4] = ['|', '/', '-', '\\'];

static LIVE: Mutex<Live> =
    Mutex::new(Live { on: false, rows: Vec::new(), drawn: Vec::new(), turn: 0 });

/// The running steps, and how wide the lines of the terminal are that show them.
pub struct Live {
    on: bool,
    rows: Vec<Row>,
    drawn: Vec<usize>,
    turn: usize,
}

struct Row {
    step: String,
    begin: Instant,
    deadline: Duration,
    pulse: Pulse,
}

/// Takes the lines for a while: whoever holds them is the only one who writes.
pub fn take() -> MutexGuard<'static, Live> {
    sync::lock(&LIVE)
}

/// Begins to draw, until [`Live::end`].
pub fn begin() {
    static TURNING: Once = Once::new();
    take().on = true;
    TURNING.call_once(|| {
        thread::spawn(|| {
            loop {
                thread::sleep(TURN);
                turn();
            }
        });
    });
}

fn turn() {
    let mut live = take();
    if live.on && !live.rows.is_empty() {
        live.turn += 1;
        let drawn = live.around("");
        super::tell(&drawn);
    }
}

/// A step began: `pulse` is the last that it said.
pub fn began(step: &str, deadline: Duration, pulse: Pulse) {
    take().rows.push(Row { step: step.to_owned(), begin: Instant::now(), deadline, pulse });
}

impl Live {
    /// A step ended. Returns how long it took, if it was known to run.
    pub fn over(&mut self, step: &str) -> Option<Duration> {
        let at = self.rows.iter().position(|row| row.step == step)?;
        Some(self.rows.remove(at).begin.elapsed())
    }

    /// Whether lines are drawn.
    pub fn is_on(&self) -> bool {
        self.on
    }

    /// Stops drawing. Returns what takes the lines away.
    pub fn end(&mut self) -> String {
        self.on = false;
        self.rows.clear();
        self.clear()
    }

    /// What writes `text`, which ends its lines, above the running steps.
    pub fn around(&mut self, text: &str) -> String {
        let clear = self.clear();
        let rows = if self.on { self.draw() } else { String::new() };
        format!("{clear}{text}{rows}")
    }

    /// A terminal that became narrower has wrapped what was drawn, as most of them do.
    fn clear(&mut self) -> String {
        let columns = terminal::size().map_or(80, |(columns, _)| columns);
        match taken(&std::mem::take(&mut self.drawn), columns) {
            0 => String::new(),
            lines => format!("\r\x1b[{lines}A\x1b[J"),
        }
    }

    /// A line never reaches the last column, so that none is wrapped.
    fn draw(&mut self) -> String {
        let (columns, lines) = terminal::size().unwrap_or((80, 24));
        let mut out = String::new();
        for row in self.rows.iter().take(lines - 2) {
            let line = row.line(SPINNER[self.turn % SPINNER.len()], columns);
            let line = width::fit(&super::inert(&line), columns - 1);
            self.drawn.push(width::columns(&line));
            out.push_str(&line);
            out.push('\n');
        }
        out
    }
}

/// How many lines of a terminal with so many columns those of these widths take.
fn taken(drawn: &[usize], columns: usize) -> usize {
    drawn.iter().map(|width| width.div_ceil(columns).max(1)).sum()
}

impl Row {
    fn line(&self, spinner: char, columns: usize) -> String {
        let last = self.pulse.lock().map(|last| last.clone()).unwrap_or_default();
        let elapsed = self.begin.elapsed().as_secs_f64();
        let deadline = self.deadline.as_secs();
        let last = last.replace('\n', " ");
        let step = width::shortened(&self.step, columns / 2);
        format!("{spinner} {step:<18} {elapsed:>6.1} of {deadline} s  {last}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_drawn_is_taken_away_before_anything_is_written() {
        let row = |step: &str| Row {
            step: step.into(),
            begin: Instant::now(),
            deadline: Duration::from_secs(90),
            pulse: Pulse::default(),
        };
        let mut live = Live { on: true, rows: vec![row("a"), row("b")], drawn: vec![], turn: 1 };
        let first = live.around("x\n");
        assert!(first.starts_with("x\n/ a ") && first.ends_with('\n'), "{first:?}");
        assert!(live.around("y\n").starts_with("\r\x1b[2A\x1b[Jy\n/ a "));
        assert!(live.over("a").is_some() && live.over("a").is_none());
        assert_eq!(live.end(), "\r\x1b[2A\x1b[J");
        assert_eq!(live.around("z\n"), "z\n");
    }

    #[test]
    fn lines_that_a_narrower_terminal_has_wrapped_are_all_taken_away() {
        assert_eq!(taken(&[79, 30, 0], 80), 3);
        assert_eq!(taken(&[79, 60, 30, 0], 40), 2 + 2 + 1 + 1);
    }
}
