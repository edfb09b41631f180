/**
 * A boot sector of 512 bytes for a PC with a BIOS: says a line on the first serial port, and stands still. The
 * BIOS loads it to 0x7c00 and runs it in real mode.
 */
export function bootSector(line: string): Uint8Array {
  const text = Buffer.from(`haven-boot ${line}\r\n\0`, "latin1");
  const code = [
    ...[0x31, 0xc0], //             xor ax, ax
    ...[0x8e, 0xd8], //             mov ds, ax
    ...[0xfc], //                   cld
    ...[0xbe, 0x18, 0x7c], //       mov si, 0x7c18: the text
    ...[0xba, 0xf8, 0x03], //       mov dx, 0x3f8: the port
    ...[0xac], //                   next: lodsb
    ...[0x84, 0xc0], //             test al, al
    ...[0x74, 0x03], //             jz stop
    ...[0xee], //                   out dx, al
    ...[0xeb, 0xf8], //             jmp next
    ...[0xfb, 0xf4], //             stop: sti, hlt
    ...[0xeb, 0xfc], //             jmp stop
    0x90, //                        nop
  ];
  const sector = Buffer.alloc(512);
  Buffer.from(code).copy(sector);
  text.copy(sector, 0x18);
  sector.writeUInt16LE(0xaa55, 510);
  return sector;
}
