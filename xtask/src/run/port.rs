//! A port for the gateway: free, in Stelae's range, and leased by no other run.

use std::net::TcpListener;

use camino::Utf8Path;
use smoke_core::process;

use super::workspace::{Marker, Workspace, all_in, read_marker};
use crate::cause::{Cause, Code};

/// Leases a port by writing it into the workspace's marker.
///
/// Two runs that choose the same one at the same moment see each other's marker, since both write
/// before they look; the one whose id is greater then chooses again.
///
/// # Errors
/// The port that was asked for is taken, or the marker cannot be written.
pub fn lease(workspace: &Workspace, wanted: Option<u16>, marker: &Marker) -> Result<u16, Cause> {
    const TRIES: usize = 200;
    if let Some(port) = wanted {
        if !is_free(port) {
            return Err(taken(port));
        }
        write(workspace, marker, port)?;
        return Ok(port);
    }
    for _ in 0..TRIES {
        let port = fastrand::u16(18000..=24000);
        if is_free(port) {
            write(workspace, marker, port)?;
            if !another_has_it(workspace, marker, port) {
                return Ok(port);
            }
        }
    }
    let summary = "no port between 18000 and 24000 is free";
    Err(Cause::new(Code::PortInUse, summary, "name another one with --port"))
}

/// Whether nobody listens on `port` of the loopback address.
pub fn is_free(port: u16) -> bool {
    TcpListener::bind(("127.0.0.1", port)).is_ok()
}

fn write(workspace: &Workspace, marker: &Marker, port: u16) -> Result<(), Cause> {
    let leased = workspace.write_marker(&Marker { port, ..marker.clone() });
    leased.map_err(|error| Cause::new(Code::Internal, format!("{error:#}"), "run it again"))
}

fn another_has_it(workspace: &Workspace, marker: &Marker, port: u16) -> bool {
    let below = workspace.path().parent().unwrap_or(Utf8Path::new("/tmp"));
    let others = all_in(below).into_iter().filter(|path| path != workspace.path());
    let mut leases = others.filter_map(|path| read_marker(&path));
    leases.any(|other| other.port == port && other.run < marker.run)
}

fn taken(port: u16) -> Cause {
    let owners = process::listeners(port).into_iter().filter_map(|listener| listener.owner);
    let evidence = owners.map(|owner| format!("pid {}: {}", owner.pid, owner.command_line()));
    let summary = format!("port {port} is held by another process, which is left alone");
    Cause::new(Code::PortInUse, summary, "leave out --port, or name a free one").evidence(evidence)
}

#[cfg(test)]
mod tests {
    use camino::Utf8PathBuf;

    use super::*;

    #[test]
    fn a_taken_port_is_refused_with_its_owner() {
        let folder = tempfile::tempdir().unwrap();
        let below = Utf8PathBuf::from_path_buf(folder.path().to_owned()).unwrap();
        let workspace = Workspace::create_in(&below).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let cause = lease(&workspace, Some(port), &Marker::default()).unwrap_err();
        assert_eq!(cause.code, Code::PortInUse);
        assert!(cfg!(not(target_os = "linux")) || cause.evidence[0].starts_with("pid "));
    }

    #[test]
    fn a_port_that_an_earlier_run_leased_is_left_to_it() {
        let folder = tempfile::tempdir().unwrap();
        let below = Utf8PathBuf::from_path_buf(folder.path().canonicalize().unwrap()).unwrap();
        let (ours, theirs) =
            (Workspace::create_in(&below).unwrap(), Workspace::create_in(&below).unwrap());
        let marker = |run: &str| Marker { run: run.into(), port: 18001, ..Marker::default() };
        theirs.write_marker(&marker("a")).unwrap();
        assert!(another_has_it(&ours, &marker("b"), 18001));
        assert!(!another_has_it(&ours, &marker("b"), 18002));
        assert!(!another_has_it(&ours, &marker("A"), 18001));
    }
}
