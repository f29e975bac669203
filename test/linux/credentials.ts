import { EINVAL, EPERM } from "./abi.ts";

/** How many capabilities this kernel knows, and all of them as a set. */
export const CAPABILITIES = 41;
export const ALL_CAPABILITIES = (1n << BigInt(CAPABILITIES)) - 1n;
export const CAP_CHOWN = 0;
export const CAP_KILL = 5;
export const CAP_SETGID = 6;
export const CAP_SETUID = 7;
export const CAP_SETPCAP = 8;

export const bitOf = (capability: number): bigint => 1n << BigInt(capability);

/** Real, effective and saved. */
export type Ids = readonly [real: number, effective: number, saved: number];
export const allThree = (id: number): Ids => [id, id, id];

/** A process's credentials(7) and capabilities(7), after kernel/sys.c, kernel/groups.c and security/commoncap.c. */
export class Credentials {
  uids: Ids = allThree(0);
  gids: Ids = allThree(0);
  groups: readonly number[] = [];
  permitted = ALL_CAPABILITIES;
  effective = ALL_CAPABILITIES;
  inheritable = 0n;
  ambient = 0n;
  bounding = ALL_CAPABILITIES;
  keepsCapabilities = false;
  noNewPrivileges = false;

  copy(): Credentials {
    return Object.assign(new Credentials(), this);
  }

  /** Makes it an ordinary user, or root, as a container runtime does. */
  become(uid: number): void {
    this.uids = allThree(uid);
    const all = uid === 0 ? this.bounding : 0n;
    [this.permitted, this.effective] = [all, all];
  }

  has(capability: number): boolean {
    return (this.effective & bitOf(capability)) !== 0n;
  }

  /** setresuid(2) of all three ids, and cap_emulate_setxuid. */
  setUser(uid: number): number {
    if (uid === -1 || uid === 0xffffffff) return 0;
    if (!this.has(CAP_SETUID) && !this.uids.includes(uid)) return -EPERM;
    const wasRoot = this.uids.includes(0);
    const wasEffectivelyRoot = this.uids[1] === 0;
    this.uids = allThree(uid);
    if (wasRoot && uid !== 0) {
      if (!this.keepsCapabilities) [this.permitted, this.effective] = [0n, 0n];
      this.ambient = 0n;
    }
    if (wasEffectivelyRoot && uid !== 0) this.effective = 0n;
    if (!wasEffectivelyRoot && uid === 0) this.effective = this.permitted;
    return 0;
  }

  setGroup(gid: number): number {
    if (!this.has(CAP_SETGID) && !this.gids.includes(gid)) return -EPERM;
    this.gids = allThree(gid);
    return 0;
  }

  setGroups(groups: readonly number[]): number {
    if (!this.has(CAP_SETGID)) return -EPERM;
    this.groups = groups.toSorted((a, b) => a - b);
    return 0;
  }

  /** capset(2), cap_capset. */
  setCapabilities(effective: bigint, permitted: bigint, inheritable: bigint): number {
    const mayInherit = this.has(CAP_SETPCAP) ? this.inheritable | this.bounding : this.inheritable | this.permitted;
    if ((inheritable & ~mayInherit) !== 0n) return -EPERM;
    if ((inheritable & ~(this.inheritable | this.bounding)) !== 0n) return -EPERM;
    if ((permitted & ~this.permitted) !== 0n || (effective & ~permitted) !== 0n) return -EPERM;
    [this.effective, this.permitted, this.inheritable] = [effective, permitted, inheritable];
    this.ambient &= permitted & inheritable;
    return 0;
  }

  dropBounding(capability: number): number {
    if (!this.has(CAP_SETPCAP)) return -EPERM;
    if (capability < 0 || capability >= CAPABILITIES) return -EINVAL;
    this.bounding &= ~bitOf(capability);
    return 0;
  }

  /** PR_CAP_AMBIENT_IS_SET and PR_CAP_AMBIENT_RAISE. */
  ambientCall(operation: number, capability: number): number {
    if (capability < 0 || capability >= CAPABILITIES) return -EINVAL;
    const bit = bitOf(capability);
    if (operation === 1) return (this.ambient & bit) === 0n ? 0 : 1;
    if (operation !== 2) return -EINVAL;
    if ((this.permitted & this.inheritable & bit) === 0n) return -EPERM;
    this.ambient |= bit;
    return 0;
  }

  /** The effect of execve(2) of a file without setuid bit or capabilities: cap_bprm_creds_from_file. */
  execute(): void {
    const isRoot = this.uids[0] === 0 || this.uids[1] === 0;
    this.permitted = this.ambient | (isRoot ? this.inheritable | this.bounding : 0n);
    this.effective = isRoot && this.uids[1] === 0 ? this.permitted : this.ambient;
    this.keepsCapabilities = false;
  }
}
