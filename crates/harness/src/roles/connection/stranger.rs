//! A stranger at the gateway's address: what answers there has to be the run's. Whoever else listens
//! there would be taken for the gateway, and be called in its place.

use std::collections::BTreeSet;
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use camino::Utf8Path;
use smoke_core::cause::{Cause, Code};
use smoke_core::process::sockets::{self, Descriptor, Fit, Socket};
use smoke_core::process::{self, Process};
use smoke_core::sync;

use super::door::Door;
use crate::context::Context;
use crate::roles::gateway;

/// What has a port open for somebody else: it runs outside of the run, and what it leads to need not.
const ENTRIES: [&str; 12] = [
    "conmon",
    "containerd-shim-runc-v2",
    "docker-proxy",
    "dockerd",
    "gvproxy",
    "init",
    "passt",
    "pasta",
    "rootlesskit",
    "rootlessport",
    "slirp4netns",
    "systemd",
];

/// Takes note of who listens before the gateway is started for the first time. Nobody does on the run's own
/// port, which was free.
pub fn note(context: &Context) {
    let mut known = sync::lock(&context.shared.sockets);
    let all = || match is_leased(context) {
        true => BTreeSet::new(),
        false => sockets::listening().into_iter().map(|socket| socket.inode).collect(),
    };
    known.before.get_or_insert_with(all);
}

/// Whether the gateway is reached at the port that was leased for the run.
fn is_leased(context: &Context) -> bool {
    context.profile.gateway.url.contains("{{PROXY_PORT}}")
}

/// The stranger that listens where the gateway should, in words; none where the run's processes do,
/// nobody does, or it cannot be seen.
pub fn at_the_door(context: &Context) -> Option<String> {
    if !context.has_gateway() || is_held(context) {
        return None;
    }
    let door = Door::of(&gateway::endpoint(context).ok()?)?;
    let sockets = door.addresses().iter().map(|address| who_answers(*address));
    let answering = sockets.into_iter().find(|sockets| !sockets.is_empty())?;
    answering.iter().find_map(|socket| stranger(context, socket))
}

/// The same, looked into anew: a process that was the run's child may have outlived its parent, and never have been
/// the gateway.
pub fn at_the_door_now(context: &Context) -> Option<String> {
    let mut known = sync::lock(&context.shared.sockets);
    known.ours.clear();
    known.held = None;
    drop(known);
    at_the_door(context)
}

/// Whether the socket that answered is still in the hand that it was found in.
fn is_held(context: &Context) -> bool {
    sync::lock(&context.shared.sockets).held.as_ref().is_some_and(Descriptor::is_open)
}

/// The cause that it is.
pub fn cause(context: &Context, stranger: String) -> Cause {
    let next = match is_leased(context) {
        true => "name a free port with --port",
        false => {
            "end that process; or let the gateway listen on the port that PROXY_PORT names, and say \
             {{PROXY_PORT}} in place of the number in [gateway] url"
        }
    };
    Cause::new(Code::PortInUse, stranger, next)
}

/// The sockets that a connection to `asked` reaches: those that fit it best.
fn who_answers(asked: SocketAddr) -> Vec<Socket> {
    let fitting = sockets::fitting(asked);
    let best = fitting.iter().map(|(fit, _)| *fit).max();
    if best == Some(Fit::Perhaps) && !is_open(asked) {
        return Vec::new();
    }
    fitting.into_iter().filter(|(fit, _)| Some(*fit) == best).map(|(_, socket)| socket).collect()
}

/// A socket for all addresses of IPv6 does not say whether it takes those of IPv4.
fn is_open(address: SocketAddr) -> bool {
    const MOMENT: Duration = Duration::from_millis(200);
    TcpStream::connect_timeout(&address, MOMENT).is_ok()
}

/// Who holds the socket, if nobody of the run does.
fn stranger(context: &Context, socket: &Socket) -> Option<String> {
    let mut known = sync::lock(&context.shared.sockets);
    if known.ours.contains(&socket.inode) {
        return None;
    }
    // Whoever hands a socket on holds it for a moment beside the one that it is for.
    const LOOKS: usize = 2;
    let mut holders = Vec::new();
    for _ in 0..LOOKS {
        holders = process::holders(socket.inode);
        if let Some(own) = holders.iter().find(|holder| is_ours(context, holder)) {
            known.ours.insert(socket.inode);
            known.held = Descriptor::of(own.pid, socket.inode);
            return None;
        }
    }
    let was_there = known.before.as_ref().is_some_and(|before| before.contains(&socket.inode));
    let may_lead_here = |holder: &Process| is_entry(holder) || works_here(context, holder);
    if !was_there && (holders.is_empty() || holders.iter().any(may_lead_here)) {
        known.ours.insert(socket.inode);
        return None;
    }
    let port = socket.address.port();
    let who = match holders.first() {
        Some(holder) => format!("pid {}: {}", holder.pid, holder.command_line()),
        None => "a process that this user cannot see".to_owned(),
    };
    Some(format!("port {port} is held by a process that is not of this run: {who}"))
}

/// Whether a process is of the run: it carries its id, or descends from one that does.
fn is_ours(context: &Context, holder: &Process) -> bool {
    let carriers: Vec<i32> = process::of_run(&context.run.id).iter().map(|p| p.pid).collect();
    process::family(&carriers).iter().any(|member| member.is(holder))
}

/// A daemon that has left its family and its environment still works where it was started.
fn works_here(context: &Context, holder: &Process) -> bool {
    let folder = process::folder(holder.pid);
    folder.is_some_and(|folder| Utf8Path::new(&folder).starts_with(&context.paths.workspace))
}

/// Whether it has the port open for what may be of the run.
fn is_entry(holder: &Process) -> bool {
    let name = holder.argv.first().and_then(|path| path.rsplit('/').next()).unwrap_or_default();
    ENTRIES.contains(&name)
}
