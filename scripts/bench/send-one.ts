/** What a compiled program takes that does nothing but send one datagram: `send-one ... --udp-output-port=PORT ...`. */
const option = "--udp-output-port=";
const port = Number(process.argv.find((text) => text.startsWith(option))?.slice(option.length));
const socket = await Bun.udpSocket({});
socket.send('{"event":"agent_init"}\n', port, "127.0.0.1");
socket.close();

export {};
