//! `runs clean`: deletes run folders that nobody needs.

use std::fs;
use std::time::SystemTime;

use anyhow::{Context as _, Result};
use camino::Utf8Path;
use smoke_record::{folder, screen};

use super::Clean;
use super::found::Found;

/// Deletes what `wanted` asks for, or says what it would delete.
///
/// # Errors
/// A folder cannot be deleted.
pub fn clean(artifacts: &Utf8Path, found: &[Found], wanted: &Clean) -> Result<()> {
    let mut freed = 0;
    let mut kept: Vec<&Found> = Vec::new();
    let going = too_many(found, wanted);
    for found in found {
        let ours = found.path.join("events.jsonl").exists() || found.path.join("run.json").exists();
        match going.contains(&found.id.as_str()) {
            true if !ours => screen::say(&format!("left {}: it is no run folder", found.path)),
            true if found.is_needed() => {
                screen::say(&format!("left {}: it goes on, or waits for a person", found.id));
            }
            true => {
                freed += found.size();
                remove(found, wanted.dry_run)?;
                continue;
            }
            false => {}
        }
        kept.push(found);
    }
    let word = if wanted.dry_run { "would free" } else { "freed" };
    screen::say(&format!("{word} {:.1} MiB", freed as f64 / 1_048_576.0));
    if !wanted.dry_run && !artifacts.join("latest").exists() && artifacts.join("runs").exists() {
        let latest = artifacts.join("latest");
        let _ = fs::remove_file(&latest);
        if let Some(newest) = kept.first() {
            folder::point_latest(artifacts, &newest.id)
                .with_context(|| format!("point {latest} at the newest run"))?;
        }
    }
    Ok(())
}

/// The ids of those that are too old, too many or too large. They come newest first.
fn too_many<'a>(found: &'a [Found], wanted: &Clean) -> Vec<&'a str> {
    let mut size = 0;
    let mut going = Vec::new();
    for (index, found) in found.iter().enumerate() {
        let old = wanted.older_than.is_some_and(|limit| age(found).is_some_and(|age| age > limit));
        let many = wanted.keep.is_some_and(|keep| index >= keep);
        let large = wanted.max_size.is_some_and(|limit| {
            size += found.size();
            size > limit.saturating_mul(1 << 20)
        });
        if old || many || large {
            going.push(found.id.as_str());
        }
    }
    going
}

/// How long ago it started, or was last changed where its record does not tell.
fn age(found: &Found) -> Option<std::time::Duration> {
    let started = found.record.as_ref().ok().map(|record| record.started_at.clone());
    let started = started.and_then(|text| humantime::parse_rfc3339_weak(&text).ok());
    let changed = || fs::metadata(&found.path).and_then(|meta| meta.modified()).ok();
    SystemTime::now().duration_since(started.or_else(changed)?).ok()
}

fn remove(found: &Found, dry_run: bool) -> Result<()> {
    if dry_run {
        screen::say(&format!("would delete {}", found.id));
        return Ok(());
    }
    fs::remove_dir_all(&found.path).with_context(|| format!("delete {}", found.path))?;
    screen::say(&format!("deleted {}", found.id));
    Ok(())
}
