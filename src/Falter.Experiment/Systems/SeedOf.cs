using System.Text;

namespace Falter.Experiment;

/// <summary>Seeds that come from one seed, so that roles, and processes of a role one after another, draw lots of their own, and the same ones in each run of the same seed.</summary>
internal static class SeedOf
{
    /// <summary>The seed of a role.</summary>
    public static ulong Role(ulong seed, string role)
    {
        // FNV-1a: the runtime's own hash of a text differs from run to run.
        ulong hash = 14_695_981_039_346_656_037;
        foreach (byte b in Encoding.UTF8.GetBytes(role)) hash = (hash ^ b) * 1_099_511_628_211;
        return Mixed(seed ^ hash);
    }

    /// <summary>The seed of a process of a role that was started again; the first keeps the role's.</summary>
    public static ulong Generation(ulong seed, int generation) => generation == 0 ? seed : Mixed(seed + (ulong)generation);

    /// <summary>The finalizer of splitmix64: seeds that differ in one bit become unrelated.</summary>
    private static ulong Mixed(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xbf58_476d_1ce4_e5b9;
        value = (value ^ (value >> 27)) * 0x94d0_49bb_1331_11eb;
        return value ^ (value >> 31);
    }
}
