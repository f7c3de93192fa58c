//! The fleet's name server: real DNS over UDP and TCP on a loopback port, for the domains of the fleet's servers.
//!
//! A machine's domain, and every name below it, is at the machine's address, unless an obstacle says otherwise.
//! Nobody else's names are known here, and nobody else is asked.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use hickory_proto::{
    op::{Message, MessageType, Metadata, OpCode, ResponseCode},
    rr::{RData, Record, RecordType, rdata::A},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream, UdpSocket},
};
use tokio_util::sync::CancellationToken;

use crate::{Obstacle, machine::Machine};

/// Where a wrong record points: an address that is nobody's (RFC 5737).
pub(crate) const ELSEWHERE: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 66);
/// How long a record may be remembered, in seconds: not at all, so that an obstacle that goes away is gone.
const TTL: u32 = 0;
/// How long a TCP client may be silent.
const SILENCE: Duration = Duration::from_secs(10);

/// One machine and the domain that was meant for it.
pub(crate) struct Zone {
    pub(crate) domain: String,
    pub(crate) machine: Arc<Machine>,
}

/// Both sockets, on one port.
pub(crate) struct Sockets {
    udp: UdpSocket,
    tcp: TcpListener,
    pub(crate) address: SocketAddr,
}

impl Sockets {
    /// Takes this port, or any free one for 0.
    pub(crate) async fn bind(port: u16) -> io::Result<Self> {
        let mut tries = if port == 0 { 20 } else { 1 };
        loop {
            let tcp = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
            let address = tcp.local_addr()?;
            tries -= 1;
            match UdpSocket::bind(address).await {
                Ok(udp) => return Ok(Self { udp, tcp, address }),
                // Free for TCP, and not for UDP: another one.
                Err(_) if tries > 0 => {}
                Err(error) => return Err(error),
            }
        }
    }
}

/// Answers until the power is cut.
pub(crate) async fn serve(sockets: Sockets, zones: Vec<Zone>, power: CancellationToken) {
    let zones = Arc::new(zones);
    let Sockets { udp, tcp, .. } = sockets;
    let of_tcp = Arc::clone(&zones);
    let streams = async {
        loop {
            match tcp.accept().await {
                Ok((stream, _)) => {
                    tokio::spawn(attend(stream, Arc::clone(&of_tcp), power.clone()));
                }
                Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            }
        }
    };
    let packets = async {
        let mut packet = [0; 4_096];
        loop {
            let Ok((length, from)) = udp.recv_from(&mut packet).await else {
                continue;
            };
            let asked = packet.get(..length).unwrap_or_default();
            if let Some(reply) = answer(asked, &zones, true) {
                // Nobody is there any more, perhaps.
                let _ = udp.send_to(&reply, from).await;
            }
        }
    };
    tokio::select! {
        () = power.cancelled() => {}
        () = streams => {}
        () = packets => {}
    }
}

/// Questions over TCP: each, and each answer, after its length in two bytes.
async fn attend(mut stream: TcpStream, zones: Arc<Vec<Zone>>, power: CancellationToken) {
    let conversation = async {
        loop {
            let length = tokio::time::timeout(SILENCE, stream.read_u16()).await??;
            let mut asked = vec![0; usize::from(length)];
            tokio::time::timeout(SILENCE, stream.read_exact(&mut asked)).await??;
            let Some(reply) = answer(&asked, &zones, false) else {
                return io::Result::Ok(());
            };
            let length = u16::try_from(reply.len()).map_err(io::Error::other)?;
            stream.write_u16(length).await?;
            stream.write_all(&reply).await?;
            stream.flush().await?;
        }
    };
    // Whoever hangs up is done.
    let _ = power.run_until_cancelled(conversation).await;
}

/// The answer to a packet; `None` for what is no question.
fn answer(packet: &[u8], zones: &[Zone], is_udp: bool) -> Option<Vec<u8>> {
    let asked = Message::from_vec(packet).ok()?;
    if asked.metadata.message_type != MessageType::Query {
        return None;
    }
    let mut reply = Message::response(asked.metadata.id, asked.metadata.op_code);
    reply.metadata = Metadata::response_from_request(&asked.metadata);
    reply.metadata.authoritative = true;
    reply.metadata.recursion_available = true;
    reply.add_queries(asked.queries.iter().cloned());
    if asked.metadata.op_code == OpCode::Query {
        if let Some(query) = asked.queries.first() {
            let name = query.name().to_utf8().to_lowercase();
            match look_up(name.trim_end_matches('.'), zones) {
                None => reply.metadata.response_code = ResponseCode::NXDomain,
                Some(address) if matches!(query.query_type(), RecordType::A | RecordType::ANY) => {
                    let data = RData::A(A(address));
                    reply.add_answer(Record::from_rdata(query.name().clone(), TTL, data));
                }
                // The name is there, and has no record of this kind.
                Some(_) => {}
            }
        }
    } else {
        reply.metadata.response_code = ResponseCode::NotImp;
    }
    let reply = reply.to_vec().ok()?;
    // One address fits into the smallest packet there is.
    (!is_udp || reply.len() <= 512).then_some(reply)
}

/// The address of a name.
fn look_up(name: &str, zones: &[Zone]) -> Option<Ipv4Addr> {
    zones
        .iter()
        .filter_map(|zone| {
            let state = zone.machine.state();
            let domains = state.domains.iter().map(|domain| domain.name.as_str());
            // The longest of the machine's domains that the name is, or is below.
            let (below, length) = std::iter::once(zone.domain.as_str())
                .chain(domains)
                .filter_map(|domain| {
                    let rest = name.strip_suffix(domain)?;
                    (rest.is_empty() || rest.ends_with('.'))
                        .then_some((!rest.is_empty(), domain.len()))
                })
                .max_by_key(|(_, length)| *length)?;
            let system = &state.system;
            if system.has(&Obstacle::NoDns) || (below && system.has(&Obstacle::NoWildcardDns)) {
                return None;
            }
            let address = if system.has(&Obstacle::WrongDns) {
                ELSEWHERE
            } else {
                Ipv4Addr::LOCALHOST
            };
            Some((length, address))
        })
        .max_by_key(|(length, _)| *length)
        .map(|(_, address)| address)
}
