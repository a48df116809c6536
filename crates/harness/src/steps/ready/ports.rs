//! Ports: who listens where, which tells a wrong one from a taken one and from none at all.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::time::Duration;

use smoke_core::process::{self, Process};
use smoke_mcp::endpoint::Endpoint;

use crate::context::Context;

/// What helps where a gateway listens on a port of its own choice.
const TAKE_OUR_PORT: &str =
    "let it listen on the port that PROXY_PORT names, or say in [gateway] at which url it serves";

/// Where the gateway listens, when it does so elsewhere than at its url.
pub struct Elsewhere {
    /// The address of its port that is open in place of the one that its url names.
    address: Option<&'static str>,
    /// A line for each other port.
    ports: Vec<String>,
    /// Whether nobody listens at its url.
    is_unheard: bool,
}

impl Elsewhere {
    /// Looks for it.
    pub fn look(context: &Context, endpoint: &Endpoint, is_unheard: bool) -> Self {
        let address = is_unheard.then(|| other_address(context, endpoint)).flatten();
        Self { address, ports: other_ports(context), is_unheard }
    }

    /// What it is, in words.
    pub fn lines(&self) -> Vec<String> {
        let accepts =
            |address| format!("it accepts connections at {address}, which is not its url");
        self.address.into_iter().map(accepts).chain(self.ports.iter().cloned()).collect()
    }

    /// What helps, if that is why nobody heard of it.
    pub fn remedy(&self) -> Option<String> {
        match self.address {
            Some(address) => {
                Some(format!("say url = \"http://{address}:{{{{PROXY_PORT}}}}/mcp\" in [gateway]"))
            }
            None if self.is_unheard && !self.ports.is_empty() => Some(TAKE_OUR_PORT.to_owned()),
            None => None,
        }
    }
}

/// The loopback address at which the gateway's port is open, and which its URL does not name:
/// `localhost` is one of two, and programs differ in which.
fn other_address(context: &Context, endpoint: &Endpoint) -> Option<&'static str> {
    const MOMENT: Duration = Duration::from_millis(200);
    let Endpoint::Http { url, .. } = endpoint else { return None };
    let open = |ip: IpAddr| {
        let address = SocketAddr::new(ip, context.run.port);
        context.has_gateway() && TcpStream::connect_timeout(&address, MOMENT).is_ok()
    };
    let all = [("127.0.0.1", Ipv4Addr::LOCALHOST.into()), ("[::1]", Ipv6Addr::LOCALHOST.into())];
    let mut others = all.into_iter().filter(|(shown, _)| !url.contains(&format!("//{shown}")));
    others.find(|(_, ip)| open(*ip)).map(|(shown, _)| shown)
}

/// The other ports that the run's processes listen on.
fn other_ports(context: &Context) -> Vec<String> {
    let ours = process::of_run(&context.run.id);
    let ports = process::ports_of(&ours).into_iter().filter(|(port, _)| *port != context.run.port);
    let command =
        |pid| ours.iter().find(|p| p.pid == pid).map(Process::command_line).unwrap_or_default();
    ports
        .map(|(port, pid)| format!("pid {pid} listens on port {port} instead: {}", command(pid)))
        .collect()
}
