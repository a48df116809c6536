//! A port for the gateway: free, in Stelae's range, and leased by no other run.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::ops::RangeInclusive;
use std::os::unix::net::UnixListener;
use std::time::Duration;

use smoke_core::cause::{Cause, Code};
use smoke_core::process;

/// A port that no other run on this machine leases as long as this is held.
#[derive(Debug)]
pub struct Lease {
    /// The port.
    pub port: u16,
    _held: Option<UnixListener>,
}

/// The ports that a run chooses from.
pub const RANGE: RangeInclusive<u16> = 18000..=24000;

/// Leases the port that was asked for, else a free one.
///
/// # Errors
/// The port that was asked for is taken, or none is free.
pub fn lease(wanted: Option<u16>) -> Result<Lease, Cause> {
    const TRIES: usize = 500;
    if let Some(port) = wanted {
        return try_lease(port).ok_or_else(|| taken(port));
    }
    let candidates = (0..TRIES).map(|_| fastrand::u16(RANGE));
    candidates.filter_map(try_lease).next().ok_or_else(|| {
        let summary = "no port between 18000 and 24000 is free";
        Cause::new(Code::PortInUse, summary, "name another one with --port")
    })
}

/// Whether nobody listens on `port` of the loopback address.
pub fn is_free(port: u16) -> bool {
    TcpListener::bind(("127.0.0.1", port)).is_ok() && !is_shadowed(port)
}

/// Linux refuses an address whose port somebody has on all addresses. Elsewhere it can be had, and
/// the other one is not heard there any more.
fn is_shadowed(port: u16) -> bool {
    const MOMENT: Duration = Duration::from_millis(200);
    let address = SocketAddr::from(([127, 0, 0, 1], port));
    cfg!(not(target_os = "linux")) && TcpStream::connect_timeout(&address, MOMENT).is_ok()
}

fn try_lease(port: u16) -> Option<Lease> {
    let held = hold(port)?;
    is_free(port).then_some(Lease { port, _held: held })
}

/// Two runs may choose the same port before either gateway listens on it. A socket in the abstract
/// namespace tells them apart, whatever their TMPDIR, and is gone with its process.
#[cfg(target_os = "linux")]
fn hold(port: u16) -> Option<Option<UnixListener>> {
    use std::os::linux::net::SocketAddrExt;
    use std::os::unix::net::SocketAddr;
    let address = SocketAddr::from_abstract_name(format!("stelae-smoke-port-{port}")).ok()?;
    UnixListener::bind_addr(&address).ok().map(Some)
}

/// There is no such namespace here: a port that two runs choose at once is a `port-in-use`.
#[cfg(not(target_os = "linux"))]
fn hold(_port: u16) -> Option<Option<UnixListener>> {
    Some(None)
}

fn taken(port: u16) -> Cause {
    let owners = process::listeners(port).into_iter().filter_map(|listener| listener.owner);
    let evidence = owners.map(|owner| format!("pid {}: {}", owner.pid, owner.command_line()));
    let summary = format!("port {port} is held by another process, which is left alone");
    Cause::new(Code::PortInUse, summary, "leave out --port, or name a free one").evidence(evidence)
}

#[cfg(test)]
mod tests {
    use smoke_core::stop::Stop;
    use smoke_core::wait::{self, Patience, Probe};

    use super::*;

    #[test]
    fn a_taken_port_is_refused_with_its_owner() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let cause = lease(Some(port)).unwrap_err();
        assert_eq!(cause.code, Code::PortInUse);
        assert!(cfg!(not(target_os = "linux")) || cause.evidence[0].starts_with("pid "));
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_leased_port_is_leased_once_also_before_anyone_listens_on_it() {
        let first = lease(None).unwrap();
        assert!(RANGE.contains(&first.port));
        let port = first.port;
        assert_eq!(lease(Some(port)).unwrap_err().code, Code::PortInUse);
        drop(first);
        // A process that another test starts just now has the lease too until it runs its program.
        let again =
            |_| lease(Some(port)).map_or_else(|cause| Probe::NotYet(cause.code), Probe::Ready);
        let patience = Patience::local(Duration::from_secs(20));
        let lease = wait::until(patience, &Stop::default(), |_| (), again).unwrap();
        assert_eq!(lease.port, port);
    }
}
