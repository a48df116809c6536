//! The folder that workspaces are made in: its length, its disk and its filesystem.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, Instant, SystemTime};

use camino::Utf8Path;
use smoke_core::cause::{Cause, Code};
use smoke_core::short;
use smoke_harness::pm2::home;
use smoke_record::options::SupervisorKind;
use smoke_record::plan;
use smoke_record::workspace::{PREFIX, usual_place};
use xshell::{Shell, cmd};

use super::finding::Finding;
use super::needs::Needs;
use super::question;

const ANOTHER: &str = "set TMPDIR to another folder, as with TMPDIR=/var/tmp";

/// Looks at it from all sides.
pub fn look(needs: &Needs) -> Vec<Finding> {
    let place = usual_place();
    let made = tempfile::Builder::new().prefix("smoke-doctor-").tempdir_in(&place);
    let folder = match made {
        Ok(folder) => folder,
        Err(error) => {
            let summary = format!("no folder can be made in {place}: {error}");
            let cause = Cause::new(Code::PrerequisiteMissing, summary, ANOTHER);
            return vec![Finding::missing("TMPDIR", cause)];
        }
    };
    let Some(below) = Utf8Path::from_path(folder.path()) else { return Vec::new() };
    let mut found =
        vec![Finding::ok("TMPDIR", place.as_str()), sockets(&place, needs), disk(&place)];
    found.extend([speed(below), case(below), execution(below, needs), clock(below)]);
    found
}

/// pm2's sockets are the longest paths that have a limit.
fn sockets(place: &Utf8Path, needs: &Needs) -> Finding {
    let workspace = place.join(format!("{PREFIX}XXXXXXXX"));
    let limit = if cfg!(target_os = "linux") { 107 } else { 103 };
    let length = workspace.join(".pm2/interactor.sock").as_str().len();
    let found = format!("{length} bytes of at most {limit}");
    if length <= limit {
        return Finding::ok("socket path", found);
    }
    let pm2 = needs.options.roles.supervisor == SupervisorKind::Pm2;
    match home::choose(&workspace, &[]) {
        _ if !pm2 => Finding::ok("socket path", format!("{found}, which only pm2 minds")),
        Ok(short) => Finding::ok("socket path", format!("{found}; pm2 gets {short}")),
        Err(cause) => Finding::missing("socket path", cause).needed_by(&["supervisor".to_owned()]),
    }
}

fn disk(place: &Utf8Path) -> Finding {
    const MIB: u64 = 1 << 20;
    let Ok(disk) = rustix::fs::statvfs(place.as_std_path()) else {
        return Finding::warning("disk", format!("{place} cannot be asked for its space"), ANOTHER);
    };
    let free = disk.f_bavail.saturating_mul(disk.f_frsize) / MIB;
    let found = format!("{free} MiB free in {place}");
    let next = "free some space, or set TMPDIR to another disk";
    match free {
        0..100 => Finding::missing("disk", Cause::new(Code::DiskFull, found, next))
            .needed_by(&["prepare".to_owned()]),
        100..2048 => Finding::warning("disk", found, next),
        _ => Finding::ok("disk", found),
    }
}

/// A clone is many small files.
fn speed(below: &Utf8Path) -> Finding {
    const FILES: u32 = 100;
    const SLOW: Duration = Duration::from_millis(500);
    let start = Instant::now();
    for number in 0..FILES {
        let path = below.join(format!("file-{number}"));
        let _ = fs::write(&path, b"x").and_then(|()| fs::remove_file(&path));
        if start.elapsed() > 4 * SLOW {
            break;
        }
    }
    let took = start.elapsed();
    let found = format!("{FILES} small files in {:.1} ms", took.as_secs_f64() * 1000.0);
    if took < SLOW {
        return Finding::ok("filesystem speed", found);
    }
    Finding::warning(
        "filesystem speed",
        format!("more than {SLOW:?} for {FILES} small files"),
        ANOTHER,
    )
}

fn case(below: &Utf8Path) -> Finding {
    let written = fs::write(below.join("case"), b"").is_ok();
    if written && below.join("CASE").exists() {
        let found = "File and file are the same: a clone with both loses one";
        return Finding::warning("letter case", found, ANOTHER);
    }
    Finding::ok("letter case", "upper and lower case are told apart")
}

/// On a folder that is mounted noexec, nothing of a clone can be started.
fn execution(below: &Utf8Path, needs: &Needs) -> Finding {
    let script = below.join("script");
    let write = || {
        fs::write(&script, "#!/bin/sh\nexit 0\n")?;
        fs::set_permissions(&script, Permissions::from_mode(0o700))
    };
    let run = || {
        let shell = Shell::new().ok()?;
        let bound = question::bound(&needs.stop);
        Some(short::run(cmd!(shell, "{script}"), &needs.environment, &bound))
    };
    match write().ok().and_then(|()| run()) {
        Some(Ok(ran)) if ran.status.success() => {
            return Finding::ok("execution", "programs in TMPDIR can be started");
        }
        Some(Err(why)) if question::is_open(&why) => {
            return Finding::warning("execution", question::open(&why), question::AGAIN);
        }
        _ => {}
    }
    let users: Vec<String> = own_programs(needs);
    let summary = "programs in TMPDIR cannot be started: is it mounted noexec?".to_owned();
    if users.is_empty() {
        return Finding::warning("execution", summary, ANOTHER);
    }
    Finding::missing("execution", Cause::new(Code::PrerequisiteMissing, summary, ANOTHER))
        .needed_by(&users)
}

/// The steps that start a program of the clone itself.
fn own_programs(needs: &Needs) -> Vec<String> {
    let commands = plan::commands(&needs.profile).into_iter();
    let own = commands.filter(|(_, command)| {
        command.first().is_some_and(|word| word.contains('/') && !word.starts_with('/'))
    });
    own.map(|(step, _)| step).collect()
}

/// A clock that is far off breaks certificates and git; one that differs from the disk's, builds.
fn clock(below: &Utf8Path) -> Finding {
    const MOST: Duration = Duration::from_secs(5);
    const NEXT: &str = "set the clock, as with timedatectl set-ntp true";
    // The beginning of 2025: this program is younger.
    const THEN: Duration = Duration::from_secs(1_735_689_600);
    let now = SystemTime::now();
    let time = humantime::format_rfc3339_seconds(now).to_string();
    if now < SystemTime::UNIX_EPOCH + THEN {
        return Finding::warning("clock", format!("{time} is long ago"), NEXT);
    }
    let path = below.join("clock");
    let file = fs::write(&path, b"").and_then(|()| fs::metadata(&path)?.modified());
    let apart = file.ok().map(|file| match now.duration_since(file) {
        Ok(apart) => apart,
        Err(later) => later.duration(),
    });
    match apart.filter(|apart| *apart > MOST) {
        Some(apart) => {
            let found = format!("{time}, and {} s apart from the disk's", apart.as_secs());
            Finding::warning("clock", found, NEXT)
        }
        None => Finding::ok("clock", time),
    }
}
