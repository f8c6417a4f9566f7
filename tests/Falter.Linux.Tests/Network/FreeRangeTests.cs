using System.Net;
using Falter.Linux.Network;

namespace Falter.Linux.Tests.Network;

public sealed class FreeRangeTests
{
    [Fact]
    public void A_range_that_is_found_is_private_and_overlaps_none_that_is_used()
    {
        var random = new Random(20_261_121);
        for (int round = 0; round < 500; round++)
        {
            IPNetwork[] used = [.. Enumerable.Range(0, random.Next(20)).Select(_ => Any(random))];
            if (FreeRange.Choose(used, random.Next()) is not { } range) continue;
            Assert.Equal(24, range.PrefixLength);
            Assert.DoesNotContain(used, u => u.Contains(range.BaseAddress) || range.Contains(u.BaseAddress));
            Assert.Contains(["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "198.18.0.0/15"], p => IPNetwork.Parse(p).Contains(range.BaseAddress));
        }
    }

    [Fact]
    public void Where_a_whole_block_is_routed_the_next_is_taken_and_in_the_end_none()
    {
        IPNetwork[] blocks = [IPNetwork.Parse("10.0.0.0/8"), IPNetwork.Parse("172.16.0.0/12"), IPNetwork.Parse("192.168.0.0/16"), IPNetwork.Parse("198.18.0.0/15")];
        for (int routed = 0; routed < blocks.Length; routed++) Assert.True(blocks[routed].Contains(FreeRange.Choose(blocks[..routed], 17)!.Value.BaseAddress));
        Assert.Null(FreeRange.Choose(blocks, 17));
        Assert.Null(FreeRange.Choose([IPNetwork.Parse("0.0.0.0/1"), IPNetwork.Parse("128.0.0.0/1")], 17));
    }

    [Fact]
    public void Addresses_are_counted_from_the_begin_of_a_range() =>
        Assert.Equal("10.1.2.201", FreeRange.AddressIn(IPNetwork.Parse("10.1.2.0/24"), 201).ToString());

    private static IPNetwork Any(Random random)
    {
        int prefix = random.Next(8, 33);
        uint address = (uint)random.NextInt64(0x1_0000_0000) & (uint)(0xffff_ffffL << (32 - prefix));
        return new IPNetwork(FreeRange.AddressIn(IPNetwork.Parse("0.0.0.0/0"), (int)address), prefix);
    }
}
