using Falter.Records;

namespace Falter.Tests.Faults;

public class GlobTests
{
    [Theory]
    [InlineData("/data", "/data", true)]
    [InlineData("/data", "/data/a/b", true)]
    [InlineData("/data", "/database", false)]
    [InlineData("/data/", "/data/a", true)]
    [InlineData("/", "/", true)]
    [InlineData("/", "/a", false)]
    [InlineData("/data/*", "/data/a", true)]
    [InlineData("/data/*", "/data/a/b", false)]
    [InlineData("/data/**", "/data/a/b", true)]
    [InlineData("/data/**", "/data", false)]
    [InlineData("/**/*.log", "/var/log/a/b.log", true)]
    [InlineData("/a?c", "/abc", true)]
    [InlineData("/a?c", "/a/c", false)]
    [InlineData("/[a-c]", "/b", true)]
    [InlineData("/[!a-c]", "/b", false)]
    [InlineData("/[^a-c]", "/d", true)]
    [InlineData("/a[!x]b", "/a/b", false)]
    [InlineData("/a[--z]b", "/a/b", false)]
    [InlineData("/[]]", "/]", true)]
    [InlineData("/[]a]", "/a", true)]
    [InlineData("/[!]a]", "/a", false)]
    [InlineData("/[!]a]", "/b", true)]
    [InlineData("/[[]", "/[", true)]
    [InlineData("/[a-]", "/-", true)]
    [InlineData("/[-a]", "/-", true)]
    [InlineData(@"/[\]", @"/\", true)]
    [InlineData("/[a^]", "/^", true)]
    [InlineData("/]", "/]", true)]
    [InlineData("/}", "/}", true)]
    [InlineData("/a,b", "/a,b", true)]
    [InlineData("/{a,b}/c", "/b/c", true)]
    [InlineData("/{a,{b,c}d}", "/cd", true)]
    [InlineData("/{a,}", "/", true)]
    [InlineData("/{a*,b}", "/axx", true)]
    [InlineData("/a.b", "/axb", false)]
    [InlineData("/a+(b)$^|", "/a+(b)$^|", true)]
    [InlineData("/a", "/a\n", false)]
    [InlineData("/a*", "/a\nb", true)]
    [InlineData("/É*", "/École", true)]
    public void A_glob_matches_as_in_a_shell(string glob, string path, bool matches) => Assert.Equal(matches, new Glob(glob).Matches(path));

    [Theory]
    [InlineData("", "missing")]
    [InlineData("[", "[ has no ]")]
    [InlineData("[a", "[ has no ]")]
    [InlineData("[]", "[ has no ]")]
    [InlineData("[!]", "[ has no ]")]
    [InlineData("[z-a]", "runs backwards")]
    [InlineData("{a", "{ has no }")]
    [InlineData("{{{{{{{{{{{{{{{{{a}}}}}}}}}}}}}}}}}", "within each other")]
    public void A_glob_that_is_none_is_a_mistake(string text, string hint)
    {
        Assert.False(Glob.TryParse(text, out _, out string problem));
        Assert.Contains(hint, problem);
        Assert.Throws<ArgumentException>(() => new Glob(text));
    }

    [Fact]
    public void Whatever_is_written_is_a_glob_or_a_mistake_and_answers_at_once()
    {
        const string alphabet = "ab-[]{}!^*?/,\\.()|$+é\0\n";
        var random = new Random(20261121);
        int globs = 0;
        for (int round = 0; round < 2000; round++)
        {
            string text = new([.. Enumerable.Range(0, random.Next(14)).Select(_ => alphabet[random.Next(alphabet.Length)])]);
            if (!Glob.TryParse(text, out Glob? glob, out string problem)) Assert.NotEmpty(problem);
            else if (++globs > 0) _ = glob.Matches("/a/b") | glob.Matches(text);
        }
        Assert.True(globs > 200);
        // Exponential for an engine that goes back.
        Assert.False(new Glob(string.Concat(Enumerable.Repeat("*a", 30)) + "b").Matches(new string('a', 4000)));
        Assert.False(Glob.TryParse(new string('a', 5000), out _, out _));
        Assert.False(Glob.TryParse(new string('*', 33), out _, out _));
    }
}
