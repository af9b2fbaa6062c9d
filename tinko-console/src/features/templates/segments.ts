const GSM =
  "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
const GSM_TWICE = "^{}\\[~]|€\f";

export type Segments = { count: number; units: number; room: number; unicode: boolean };

/** How many parts an SMS is sent and paid in: 160 or 153 letters of GSM 03.38, otherwise 70 or 67 of UCS-2. */
export function segmentsOf(text: string): Segments {
  const letters = Array.from(text);
  const unicode = letters.some((each) => !GSM.includes(each) && !GSM_TWICE.includes(each));
  const sizes = letters.map((each) => (unicode ? each.length : GSM_TWICE.includes(each) ? 2 : 1));
  const units = sizes.reduce((sum, size) => sum + size, 0);
  const [alone, part] = unicode ? [70, 67] : [160, 153];
  if (units <= alone) return { count: 1, units, room: alone - units, unicode };
  // A letter of two units is never split between two parts.
  let count = 1;
  let used = 0;
  for (const size of sizes) {
    if (used + size > part) {
      count += 1;
      used = 0;
    }
    used += size;
  }
  return { count, units, room: part - used, unicode };
}
