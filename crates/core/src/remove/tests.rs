//! Tests of removing folders.

use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::process::Command;

use camino::Utf8PathBuf;

use super::*;

/// A marked folder, and one beside it that must not be touched.
struct Place {
    _keep: tempfile::TempDir,
    inside: Utf8PathBuf,
    outside: Utf8PathBuf,
}

fn place() -> Place {
    let keep = tempfile::tempdir().unwrap();
    let path = Utf8PathBuf::from_path_buf(keep.path().canonicalize().unwrap()).unwrap();
    let (inside, outside) = (path.join("inside"), path.join("outside"));
    fs::create_dir(&inside).unwrap();
    fs::create_dir(&outside).unwrap();
    fs::write(inside.join("mark"), "").unwrap();
    fs::write(outside.join("precious"), "x").unwrap();
    fs::set_permissions(&outside, fs::Permissions::from_mode(0o755)).unwrap();
    Place { _keep: keep, inside, outside }
}

impl Place {
    fn goes(&self) {
        marked(&self.inside, "mark", "lock").unwrap();
        assert!(!self.inside.exists());
        self.is_untouched();
    }

    fn is_untouched(&self) {
        assert_eq!(fs::read_to_string(self.outside.join("precious")).unwrap(), "x");
        assert_eq!(fs::metadata(&self.outside).unwrap().permissions().mode() & 0o777, 0o755);
    }
}

#[test]
fn links_lead_nowhere() {
    let place = place();
    fs::create_dir(place.inside.join("below")).unwrap();
    for link in ["link", "below/link"] {
        symlink(&place.outside, place.inside.join(link)).unwrap();
    }
    symlink("/", place.inside.join("below/root")).unwrap();
    place.goes();
}

#[test]
fn names_of_every_kind_go() {
    let place = place();
    let folder = place.inside.as_std_path();
    // Elsewhere, a name that is not UTF-8 is refused.
    let odd: &[u8] = if cfg!(target_os = "linux") { b"not\xffutf8" } else { b"any" };
    for name in [&b"line\nbreak"[..], b"\x1b[2J", odd, b"-rf", b".removed-1", b" "] {
        let path = folder.join(std::ffi::OsStr::from_bytes(name));
        fs::create_dir_all(path.join("below")).unwrap();
        fs::write(path.join("below").join(std::ffi::OsStr::from_bytes(odd)), "x").unwrap();
    }
    place.goes();
}

#[test]
fn pipes_and_sockets_go() {
    let place = place();
    let fifo = place.inside.join("fifo");
    assert!(Command::new("mkfifo").arg(fifo).status().unwrap().success());
    let _socket = std::os::unix::net::UnixListener::bind(place.inside.join("socket")).unwrap();
    place.goes();
}

#[test]
fn folders_without_any_rights_go() {
    let place = place();
    let deep = place.inside.join("a/b/c");
    fs::create_dir_all(&deep).unwrap();
    fs::write(deep.join("file"), "x").unwrap();
    for folder in [deep.as_path(), deep.parent().unwrap(), &place.inside.join("a")] {
        fs::set_permissions(folder, fs::Permissions::from_mode(0o000)).unwrap();
    }
    place.goes();
}

#[test]
fn a_great_many_files_and_levels_go() {
    let place = place();
    let many = place.inside.join("many");
    fs::create_dir(&many).unwrap();
    for number in 0..BATCH + 100 {
        fs::write(many.join(number.to_string()), "").unwrap();
    }
    let mut folder = openat(CWD, place.inside.as_std_path(), FOLDER, Mode::empty()).unwrap();
    for _ in 0..1_200 {
        rustix::fs::mkdirat(&folder, "d", Mode::RWXU).unwrap();
        folder = openat(&folder, "d", FOLDER, Mode::empty()).unwrap();
    }
    place.goes();
}

#[test]
fn what_is_not_marked_stays() {
    let place = place();
    assert!(marked(&place.outside, "mark", "lock").is_err());
    symlink(place.inside.join("mark"), place.outside.join("mark")).unwrap();
    assert!(marked(&place.outside, "mark", "lock").is_err());
    let link = place.outside.join("link");
    symlink(&place.inside, &link).unwrap();
    assert!(marked(&link, "mark", "lock").is_err());
    place.is_untouched();
    assert!(place.inside.join("mark").exists());
}

#[test]
fn a_folder_that_is_swapped_for_a_link_again_and_again_leads_nowhere() {
    let place = place();
    let (door, aside) = (place.inside.join("door"), place.inside.join("aside"));
    let done = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(std::sync::atomic::Ordering::Relaxed) {
                let _ = fs::create_dir(&door).and_then(|()| fs::write(door.join("x"), "x"));
                let _ = fs::rename(&door, &aside);
                let _ = symlink(&place.outside, &door);
                let _ = fs::remove_file(&door);
                let _ = fs::remove_dir_all(&aside);
            }
        });
        for _ in 0..100 {
            let folder = openat(CWD, place.inside.as_std_path(), FOLDER, Mode::empty()).unwrap();
            let _ = empty(&folder, vec![c"mark"]);
            place.is_untouched();
        }
        done.store(true, std::sync::atomic::Ordering::Relaxed);
    });
    place.goes();
}

#[test]
fn everything_goes_but_what_cannot() {
    let place = place();
    all(&place.inside.join("never-was")).unwrap();
    fs::write(place.inside.join("file"), "").unwrap();
    all(&place.inside.join("file")).unwrap();
    symlink(&place.outside, place.inside.join("link")).unwrap();
    all(&place.inside.join("link")).unwrap();
    all(&place.inside).unwrap();
    assert!(!place.inside.exists());
    place.is_untouched();
}
