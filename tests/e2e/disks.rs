//! Disks that are full, or turn read-only, or lose the run folder: the run ends, says why, and what
//! it recorded can be read.

use std::fs;

use serde_json::Value;
use smoke_tests::tiny::{TALK, small, tiny};
use smoke_tests::{Finished, Sandbox, sandbox, skipped, small_disk};

/// Runs on a disk of `size` bytes for the run folder; `check` is a command of the profile.
fn recorded_on(size: usize, check: &str) -> Option<(Sandbox, Finished)> {
    let sandbox = Sandbox::new();
    let disk = small_disk::path(&sandbox);
    let check = check.replace("DISK", disk.as_str());
    let check = format!("[[check]]\nname = \"rude\"\ncommand = [\"sh\", \"-c\", '''{check}''']\n");
    let source = tiny(&sandbox, &format!("{}{check}{TALK}", small(&["say"])), &[]);
    let port = sandbox::port().to_string();
    let place = ["smoke", "--source", source.path().as_str(), "--artifacts", disk.as_str()];
    let finished = small_disk::run(&sandbox, size, &[&place[..], &["--port", &port]].concat());
    let finished = finished.inspect(assert_readable).or_else(cannot)?;
    Some((sandbox, finished))
}

fn cannot<T>() -> Option<T> {
    skipped("nothing can be mounted here, not even in a namespace of its own");
    None
}

/// Every event is whole, and so is the record.
fn assert_readable(finished: &Finished) {
    let Some(folder) = &finished.run_folder else { return };
    for line in fs::read_to_string(folder.join("events.jsonl")).unwrap_or_default().lines() {
        let event: Result<Value, _> = serde_json::from_str(line);
        assert!(event.is_ok(), "{line:?}\n{}", finished.shown());
    }
    if let Ok(record) = fs::read_to_string(folder.join("run.json")) {
        let record: Result<Value, _> = serde_json::from_str(&record);
        assert!(record.is_ok(), "{}", finished.shown());
    }
}

#[test]
fn a_run_folder_on_a_full_disk_is_said_before_anything_starts() {
    let Some((_sandbox, finished)) = recorded_on(40 * 1024, "true") else { return };
    finished.expect(4).says(&["disk-full", "No space left on device", "--artifacts"]);
}

#[test]
fn a_disk_that_a_log_fills_up_ends_the_run_with_its_record() {
    let chatty = "yes $(seq 200) | head -c 3000000";
    let Some((_sandbox, finished)) = recorded_on(1 << 20, chatty) else { return };
    let finished = finished.expect(4).caused_by("disk-full").says(&["No space left on device"]);
    assert_eq!(finished.record["outcome"], "error", "{}", finished.shown());
    assert_eq!(finished.record["exit_code"], 4);
    assert_eq!(finished.step("teardown")["outcome"], "passed");
    assert!(finished.file("events.jsonl").contains("run-finished"));
}

#[test]
fn a_run_folder_that_turns_read_only_is_said() {
    let Some((_sandbox, finished)) =
        recorded_on(4 << 20, "mount --bind DISK DISK; mount -o remount,ro,bind DISK")
    else {
        return;
    };
    finished.expect(4).says(&["prerequisite-missing", "Read-only file system"]);
}

#[test]
fn a_run_folder_that_is_removed_is_said() {
    let Some((_sandbox, finished)) = recorded_on(4 << 20, "rm -r DISK/runs") else { return };
    finished.expect(4).says(&["prerequisite-missing", "the run folder was removed"]);
}

/// Runs on a disk of `size` bytes for the workspace.
fn worked_on(size: usize, build: &str) -> Option<Finished> {
    let mut sandbox = Sandbox::new();
    let disk = small_disk::path(&sandbox);
    let large: String = (0..200_000).map(|number| format!("{number:x}\n")).collect();
    let source = tiny(&sandbox, &format!("{}{build}{TALK}", small(&["say"])), &[("large", &large)]);
    let source = source.path().to_owned();
    sandbox.set("TMPDIR", disk.as_str());
    let port = sandbox::port().to_string();
    let arguments = ["smoke", "--source", source.as_str(), "--port", &port];
    let finished = small_disk::run(&sandbox, size, &arguments);
    let mut left = disk.read_dir_utf8().unwrap();
    assert!(finished.is_none() || left.next().is_none(), "the workspace is left");
    finished.inspect(assert_readable).or_else(cannot)
}

#[test]
fn a_workspace_on_a_full_disk_is_said() {
    let Some(finished) = worked_on(4096, "") else { return };
    finished.expect(4).caused_by("disk-full").says(&["No space left on device", "TMPDIR"]);
}

#[test]
fn a_clone_that_fills_the_disk_is_said() {
    let Some(finished) = worked_on(600 * 1024, "") else { return };
    let finished = finished.expect(4).caused_by("disk-full").says(&["TMPDIR"]);
    assert_eq!(finished.record["failed_step"], "clone", "{}", finished.shown());
}

#[test]
fn a_build_that_fills_the_disk_is_said() {
    let build = "[gateway.build]\ncommand = [\"sh\", \"-c\", \"head -c 9000000 /dev/zero >big\"]\n\
                 output = \"big\"\n";
    let Some(finished) = worked_on(6 << 20, build) else { return };
    let finished = finished.expect(4).caused_by("disk-full").says(&["TMPDIR"]);
    // A step beside the build may be the first to find the disk full.
    let failed = finished.record["failed_step"].as_str().unwrap();
    assert!(["build", "client-repo"].contains(&failed), "{}", finished.shown());
}

#[test]
fn a_limit_on_the_size_of_files_is_said() {
    let sandbox = Sandbox::new();
    let check = "[[check]]\nname = \"chatty\"\n\
                 command = [\"sh\", \"-c\", \"yes $(seq 200) | head -c 3000000\"]\n";
    let source = tiny(&sandbox, &format!("{}{check}{TALK}", small(&["say"])), &[]);
    let port = sandbox::port().to_string();
    let mut command = sandbox.command("sh");
    let xtask = smoke_tests::binaries::binaries().xtask.as_str();
    // A thousand blocks are 512 or 1024 kB, as the shell counts them.
    command.args(["-c", "ulimit -f 1000; exec \"$@\"", "sh", xtask, "smoke", "--port", &port]);
    command.args(["--source", source.path().as_str()]);
    let finished = sandbox.run(command).finish().expect(4).caused_by("disk-full");
    assert_readable(&finished.says(&["File too large"]));
}
