// shapes.cc — C++ in a guest: static construction, virtual functions, templates, new and delete.
#include <stdio.h>
#include <string.h>

#include <situ/guest.h>

namespace {

template <typename T> class list {
  public:
    ~list()
    {
        for (T *p = items; p < items + n; p++) delete *p;
        delete[] items;
    }
    void add(T item)
    {
        if (n == room) {
            size_t more = room ? 2 * room : 4;
            T *moved = new T[more];
            if (n) memcpy(moved, items, n * sizeof(T));
            delete[] items;
            items = moved, room = more;
        }
        items[n++] = item;
    }
    T *begin() { return items; }
    T *end() { return items + n; }

  private:
    T *items = nullptr;
    size_t n = 0, room = 0;
};

struct shape {
    virtual ~shape() {}
    virtual unsigned long area() const = 0;
    virtual const char *name() const = 0;
};

struct square : shape {
    unsigned long side;
    explicit square(unsigned long s) : side(s) {}
    unsigned long area() const override { return side * side; }
    const char *name() const override { return "square"; }
};

struct box : shape {
    unsigned long a, b;
    box(unsigned long x, unsigned long y) : a(x), b(y) {}
    unsigned long area() const override { return a * b; }
    const char *name() const override { return "box"; }
};

struct counter {
    unsigned long n;
    counter() : n(1000) {}
};
counter constructed_before_main;

} // namespace

int main()
{
    const uint8_t *input;
    size_t n_bytes;
    read_input(&input, &n_bytes);

    list<shape *> shapes;
    for (size_t i = 0; i + 1 < n_bytes; i++) {
        if (i % 2)
            shapes.add(new square(input[i]));
        else
            shapes.add(new box(input[i], input[i + 1]));
    }
    unsigned long total = constructed_before_main.n;
    for (shape *s : shapes) total += s->area() * strlen(s->name());
    printf("%lu\n", total);
    return 0;
}
