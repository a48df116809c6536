//! What setups and builds have left for later runs: how much it is, and how to be rid of it.

use camino::{Utf8Path, Utf8PathBuf};
use smoke_core::remove;
use smoke_harness::caches::{builds, room, setups};
use smoke_record::screen;

use super::Clean;

/// Says how much is kept in `cache`, and deletes it where that is wanted.
pub fn clean(cache: &Utf8Path, wanted: &Clean) {
    let kinds: [(&str, Utf8PathBuf); 2] =
        [("setups", setups::folder(cache)), ("builds", builds::programs(cache))];
    for (what, place) in kinds {
        let kept = room::kept(&place);
        let size: u64 = kept.iter().map(|result| result.size).sum();
        if kept.is_empty() {
            continue;
        }
        let mut line = format!("{} {what} kept in {place}, {:.1} MiB", kept.len(), mebibytes(size));
        if !wanted.kept {
            line.push_str("; --kept deletes them, and the next run makes them again");
        }
        screen::say(&line);
        for result in kept.iter().filter(|_| wanted.kept && !wanted.dry_run) {
            match remove::all(&result.folder) {
                Ok(_) => screen::say(&format!("deleted {}", result.folder)),
                Err(error) => screen::say(&format!("left {}: {error}", result.folder)),
            }
        }
    }
}

fn mebibytes(bytes: u64) -> f64 {
    bytes as f64 / 1_048_576.0
}
