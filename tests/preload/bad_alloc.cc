// bad_alloc.cc — operator new under the library: throws where there is no memory, aligns, and large vectors work.
#include <cstdint>
#include <cstdio>
#include <new>
#include <vector>

struct alignas(1 << 17) wide {
    char bytes[1 << 18];
};

int main()
{
    int caught = 0;
    for (std::size_t bytes : {SIZE_MAX / 2 - 64, std::size_t(1) << 62, std::size_t(1) << 47}) {
        try {
            char *volatile p = static_cast<char *>(::operator new(bytes));
            std::printf("got %zu bytes at %p\n", bytes, static_cast<void *>(p));
        } catch (const std::bad_alloc &) {
            caught++;
        }
    }
    if (::operator new(std::size_t(1) << 62, std::nothrow) != nullptr) return 1;
    wide *w = new wide;
    if (reinterpret_cast<std::uintptr_t>(w) % alignof(wide) != 0) return 2;
    delete w;
    std::vector<std::uint64_t> v;
    for (std::uint64_t i = 0; i < 3000000; i++) v.push_back(i * i);
    for (std::uint64_t i = 0; i < v.size(); i++)
        if (v[i] != i * i) return 3;
    return caught == 3 ? 0 : 4;
}
