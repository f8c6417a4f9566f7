using Falter.Experiment;
using Falter.Records;

namespace Falter.Tests.Experiment.Systems;

public sealed class StartOrderTests
{
    [Fact]
    public void Roles_keep_their_order_but_for_those_that_they_wait_for()
    {
        Assert.Equal("a b c", Order(("a", ""), ("b", ""), ("c", "")));
        Assert.Equal("c a b", Order(("a", "c"), ("b", "a"), ("c", "")));
        Assert.Equal("b d c a", Order(("a", "b c"), ("b", ""), ("c", "d"), ("d", "")));
    }

    [Fact]
    public void In_any_order_each_role_comes_after_all_that_it_names()
    {
        var random = new Random(20_261_121);
        for (int round = 0; round < 300; round++)
        {
            int count = random.Next(1, 9);
            // Only smaller numbers are named, so that there is an order; they are written in any.
            (string, string)[] roles = [.. Enumerable.Range(0, count).Select(i => ($"r{i}", string.Join(' ', Enumerable.Range(0, i).Where(_ => random.Next(3) == 0).Select(j => $"r{j}"))))];
            random.Shuffle(roles);
            string[] order = Order(roles).Split(' ');
            Assert.Equal(count, order.Distinct().Count());
            Assert.All(roles, r => Assert.All(r.Item2.Split(' ', StringSplitOptions.RemoveEmptyEntries), before => Assert.True(Array.IndexOf(order, before) < Array.IndexOf(order, r.Item1))));
        }
    }

    [Fact]
    public void Roles_that_wait_for_each_other_and_for_none_that_there_is_are_refused()
    {
        FalterException e = Assert.Throws<FalterException>(() => Order(("a", "b"), ("b", "a"), ("c", "")));
        Assert.Equal("roles wait for each other, so that none can be the first: a after b, b after a [system-order]", e.Message);
        e = Assert.Throws<FalterException>(() => Order(("a", "x"), ("b", "y")));
        Assert.Equal(["role a: after: there is no role x; expected one of a, b", "role b: after: there is no role y; expected one of a, b"], e.Findings.Select(f => f.Message));
    }

    private static string Order(params (string Role, string After)[] roles) =>
        string.Join(' ', StartOrder.Of([.. roles.Select(r => new ProcessDefinition { Role = r.Role, Command = ["true"], After = r.After.Split(' ', StringSplitOptions.RemoveEmptyEntries) })]).Select(p => p.Role));
}
